"""Canary: does anything that is not public come out of any public address?

`fields` walks every model for what can hold words, `public` says which of them readers may see and why, everything
else is secret: `planting` replaces it by tokens (tests), `picking` looks for what is distinctive in it (a real site).
`routes` reads the addresses from the URL configuration, `questions` asks each in many ways, `crawl` looks at the answers.
"""
