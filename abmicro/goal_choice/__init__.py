"""Which goals to watch: those of a log, ranked by what each tells of the macro goal."""
