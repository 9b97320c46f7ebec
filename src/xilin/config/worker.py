"""The worker process: procrastinate on the hub's database."""

from xilin.config.start import django

if __name__ == "__main__":
    django()
    from django.core.management import call_command

    call_command("procrastinate", "worker", "--concurrency", "1")
