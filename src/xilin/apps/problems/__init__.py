"""随手报 Problems that anybody reports: a case with a clock for the department that is to look, and a way to follow it."""
