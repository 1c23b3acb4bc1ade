"""The flows; whatever of them is imported, the warehouse is imported before any library that starts threads."""

import warehouse as warehouse
