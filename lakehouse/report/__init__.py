"""The report: one page for the teams. `collect` reads small rows, `page` says what they mean, `render` draws it."""
