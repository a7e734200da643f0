-- How the lines of a bulk order found their places: null until the first of them are decided.
ALTER TABLE orders.bulk_order
  ADD COLUMN placed_in text,
  ADD COLUMN placed_lines integer NOT NULL DEFAULT 0 CHECK (placed_lines >= 0),
  ADD COLUMN placed_by_arrival_lines integer NOT NULL DEFAULT 0 CHECK (placed_by_arrival_lines >= 0),
  ADD COLUMN at_most_lines integer NOT NULL DEFAULT 0 CHECK (at_most_lines >= 0);
