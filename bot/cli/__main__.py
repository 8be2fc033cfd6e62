"""``python -m bot.cli``, where the ``gongkao`` script is not on the path."""

from bot.cli import main

if __name__ == "__main__":
    main()
