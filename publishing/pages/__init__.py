"""The public pages, by noun. Rendered from the public store alone, without sessions, cookies or scripts.

May import of `reviews` what compares two texts, and nothing else.
"""
