// Package minari writes data sets in the format of Minari 0.5 (Farama
// Foundation), which minari.load_dataset reads: its Parquet storage, a
// directory for each episode.
//
//	ID/data/metadata.json           spaces, sizes, who acted
//	ID/data/0/metadata.json         an episode: steps, seed, policy, scenario
//	ID/data/0/part-0.parquet        its steps, and a row for the last state
//
// Reading needs PyArrow and Pillow: pip install "minari[arrow]" pillow. The
// observations are those of the environment's space; infos are all that have a
// fixed size, the first row's that of the reset. Minari has no spaces of
// differing length, so graphs and sequences can't be written.
package minari
