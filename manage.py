"""Django's own commands; `./xilin` is the way in for everything else."""

import sys

from django.core.management import execute_from_command_line

from xilin.config.start import django

django()
execute_from_command_line(sys.argv)
