// Package recipe runs experiments that are written down: lists of commands of
// this program, for several seeds, that can be stopped and go on.
//
// Its nouns:
//
//   - Recipe: the commands as a file has them, with placeholders. A Library has
//     several, which may be based on each other.
//   - Plan: the commands of one run, each with the seed that it is for, after
//     Settings have filled in the placeholders.
//   - Journal: which commands of a plan are finished, kept in its directory.
//   - Summary: what the runs of all seeds came to, read from the reports that the
//     commands left.
//
// The package knows nothing of what the commands do.
//
// # The file
//
// A recipe is a JSON object:
//
//	{
//	  "name": "example",
//	  "title": "one line that says what is shown",
//	  "about": "a paragraph: where it comes from, and what to expect",
//	  "values": {"train": "abr/train", "episodes": "400", "rounds": "2"},
//	  "real": {"train": "abr/train-file-clean"},
//	  "quick": {"episodes": "20"},
//	  "seeds": [1, 2, 3],
//	  "files": {"train.json": {"steps": 4000}},
//	  "steps": [
//	    {"run": "collect --scenario {train} --data={data} --episodes {episodes} --seed {fresh} --out {dir}/data"},
//	    {"repeat": "{rounds}", "steps": [{"run": "train --data {dir}/data --out {dir}/model-{round}"}]},
//	    {"run": "bench abr --data={data} --policies {dir}/model-{rounds} --json", "report": "bench.json"}
//	  ]
//	}
//
// With "base": "NAME" it is another recipe but for what it says itself: values and
// files are replaced one by one, seeds and steps as a whole.
//
// A command is cut at its spaces, and then placeholders are filled in, so that
// paths may have spaces. Values are placeholders of their own; real replaces some
// of them where there is a data directory, and quick for a first look. A word that
// is nothing but a value stands for all words of that, or for none, so that flags
// can be left to a value. The other placeholders are:
//
//   - {out}, {files} and {dir}: the directory of the run, that of the recipe's
//     files in it, and that of a seed.
//   - {seed}: the seed.
//   - {fresh}: the first of ten thousand seeds for episodes that no other command
//     of the run has: a million for each seed, ten thousand for each command. Tests
//     have seeds below a million.
//   - {round} and {before}: within repeat, the round from 1 on, and the one before.
//   - {data}: the data directory; where there is none, words with it are left out.
//
// What a command with a report prints is kept in a file of that name in {dir}.
package recipe
