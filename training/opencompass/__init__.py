"""OpenCompass as an independent referee: another prompt chain and another scorer than ours, over the same questions."""
