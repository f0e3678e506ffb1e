"""What tests deliver or put into tables: survey files of every kind, rows, and sums of made-up months."""
