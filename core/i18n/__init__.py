"""The languages that the bot speaks: gettext catalogues, lazy strings, the translator."""
