"""A large library for tests: question-and-answer files become live articles, through the actions and nothing else.

People, credentials, specialties and disclaimers are made up. Never for readers: `manage.py load_corpus` asks for
ALLOW_TEST_LOAD=1.
"""
