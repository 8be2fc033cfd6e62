"""All that speaks to a model server. Knows neither chat nor database."""
