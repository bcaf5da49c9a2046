//! What others could take: the model's figures, its laws, and the same attacks on real venues.

mod calm;
mod laws;
mod limits;
mod vectors;
mod venues;
