"""Traditional Mongolian, as sites of governments in Inner Mongolia write dates: year, month and day with their suffixes after U+202F."""
