"""Owns what a person should do about each code a row is refused with."""

REPAIRS = {
    "R-REQUIRED": "Fill the cell in the source system, or correct the mapping",
    "R-ID-FORMAT": "Give the id exactly as in the source system, without blanks, look-alike or total texts",
    "R-TOO-LONG": "Shorten the text; a field this long is usually a broken export",
    "R-CHAR-CONTROL": "Remove control and direction characters from the text",
    "R-CHOICE": "Add the value to the map of this column, or correct it in the source",
    "R-CURRENCY": "Give the three capital letters of ISO 4217, or map the value",
    "R-NUMBER": "Write the number in the file's style, or correct decimal and thousands in the mapping",
    "R-NUMBER-NONFINITE": "Give a finite number; leave the cell empty where there is none",
    "R-NUMBER-RANGE": "The amount has more than two decimals or 16 digits: map a unit, or round it in the source",
    "R-RANGE": "Correct the number; a minus sign before zero lost its number",
    "R-DATE": "Give a real date in one of the mapping's formats",
    "R-DATE-AMBIGUOUS": "Add the one right order of day and month to the mapping's date formats",
    "R-TIME": "Give a time that exists on this day in the time zone of the instance",
    "R-FIELDCOUNT": "Quote fields that hold the delimiter, or export again",
}
