from reviews import migrations

__path__ = [*__path__[:1], *migrations.__path__]
