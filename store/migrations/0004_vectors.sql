-- How the vector index of a generation was made and how well it was measured to find what an
-- exact search finds, as JSON; NULL while every vector is compared.
ALTER TABLE generations ADD COLUMN vector_index TEXT;
