"""The chat bot: NoneBot plugins over services that know nothing of NoneBot."""
