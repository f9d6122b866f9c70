package sample

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/internal/contenthash"
)

// cursorVersion is the first byte of a cursor.
const cursorVersion = 1

// sumBytes is how much of a digest a cursor carries.
const sumBytes = 16

// cursor says where a query goes on, and over which files: the shards that
// there were when it began. A set that has grown since keeps them.
type cursor struct {
	query  [sumBytes]byte
	shards [sumBytes]byte
	splits []splitCount
	epoch  int
	batch  int
}

// splitCount is the number of shards of a split.
type splitCount struct {
	split  string
	shards int
}

// newCursor begins a query over all shards.
func newCursor(q *Query, shards []traj.Shard, headers []traj.Header) *cursor {
	return &cursor{query: cut(q.digest()), shards: sumOf(shards, headers), batch: q.Worker, splits: splitsOf(shards)}
}

// splitsOf counts the shards of each split, in the order of the files.
func splitsOf(shards []traj.Shard) []splitCount {
	var splits []splitCount
	at := map[string]int{}
	for i := range shards {
		name := shards[i].Split
		if _, known := at[name]; !known {
			at[name] = len(splits)
			splits = append(splits, splitCount{split: name})
		}
		splits[at[name]].shards++
	}
	return splits
}

// known finds the cursor's shards among those that there are now, and returns
// their places and headers.
func (c *cursor) known(shards []traj.Shard, headers []traj.Header) ([]int, []traj.Header, error) {
	left := make(map[string]int, len(c.splits))
	for _, s := range c.splits {
		left[s.split] = s.shards
	}
	var places []int
	for i := range shards {
		if name := shards[i].Split; left[name] > 0 {
			left[name]--
			places = append(places, i)
		}
	}
	headers = within(headers, places)
	missing := false
	for _, n := range left {
		missing = missing || n > 0
	}
	if missing || sumOf(shards, headers) != c.shards {
		return nil, nil, otherFiles()
	}
	return places, headers, nil
}

func otherFiles() error {
	return &env.FieldError{Field: "cursor", Value: "of other files",
		Remedy: "start without a cursor: shards of the data set were replaced or removed since it was made"}
}

// within keeps the headers of some shards.
func within(headers []traj.Header, shards []int) []traj.Header {
	var kept []traj.Header
	for i := range headers {
		if _, ok := slices.BinarySearch(shards, headers[i].Shard); ok {
			kept = append(kept, headers[i])
		}
	}
	return kept
}

// sumOf tells episodes from all others: by their numbers, lengths, returns and
// places. Hashes of the files are not at hand while a writer is at work.
func sumOf(shards []traj.Shard, headers []traj.Header) [sumBytes]byte {
	h := contenthash.New("episodes")
	for i := range headers {
		e := &headers[i]
		if i == 0 || headers[i-1].Shard != e.Shard {
			h.Text(shards[e.Shard].Name)
		}
		h.Integer(int(e.ID))
		h.Integer(e.Steps)
		h.Integer(e.Group)
		h.Number(e.Return)
	}
	return cut(h.Digest())
}

func cut(d contenthash.Digest) [sumBytes]byte { return [sumBytes]byte(d[:sumBytes]) }

// append appends the cursor's bytes: version, digests, position, splits.
func (c *cursor) append(dst []byte) []byte {
	dst = append(dst, cursorVersion)
	dst = append(dst, c.query[:]...)
	dst = append(dst, c.shards[:]...)
	dst = binary.AppendUvarint(dst, uint64(c.epoch))
	dst = binary.AppendUvarint(dst, uint64(c.batch))
	for _, s := range c.splits {
		dst = binary.AppendUvarint(dst, uint64(len(s.split)))
		dst = append(dst, s.split...)
		dst = binary.AppendUvarint(dst, uint64(s.shards))
	}
	return dst
}

// parseCursor reads the bytes of a cursor for a query, whose defaults are
// filled in, over a set of so many splits.
func parseCursor(data []byte, q *Query, splits int) (*cursor, error) {
	if len(data) > 0 && data[0] != cursorVersion {
		return nil, &env.FieldError{Field: "cursor", Value: fmt.Sprintf("of version %d", data[0]), Remedy: "start without a cursor: this version reads 1 only"}
	}
	c, err := readCursor(data, splits)
	if errors.Is(err, errSplits) {
		return nil, otherFiles()
	}
	if err != nil {
		return nil, &env.FieldError{Field: "cursor", Value: "no cursor: " + err.Error(), Remedy: "give the bytes that came with a batch, or none to start at the beginning"}
	}
	if c.query != cut(q.digest()) {
		return nil, &env.FieldError{Field: "cursor", Value: "of another query", Remedy: "repeat the query that it came from, or start without a cursor"}
	}
	if c.batch%q.Workers != q.Worker {
		return nil, &env.FieldError{Field: "cursor", Value: "of another worker", Remedy: "give the bytes that came with a batch"}
	}
	return c, nil
}

var (
	errCut    = errors.New("it is cut off")
	errSplits = errors.New("it names more splits than there are")
	errTwice  = errors.New("it names a split twice")
)

// readCursor reads no more than a cursor over so many splits has.
func readCursor(data []byte, splits int) (*cursor, error) {
	c := new(cursor)
	if len(data) < 1+2*sumBytes {
		return nil, errCut
	}
	copy(c.query[:], data[1:])
	copy(c.shards[:], data[1+sumBytes:])
	r := bytes.NewReader(data[1+2*sumBytes:])
	number := func() (int, error) {
		v, err := binary.ReadUvarint(r)
		if err != nil || v > 1<<53 {
			return 0, errCut
		}
		return int(v), nil
	}
	var err error
	if c.epoch, err = number(); err != nil {
		return nil, err
	}
	if c.batch, err = number(); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for r.Len() > 0 {
		if len(seen) == splits {
			return nil, errSplits
		}
		length, err := number()
		if err != nil || length > r.Len() {
			return nil, errCut
		}
		split := make([]byte, length)
		_, _ = r.Read(split) // All of it is there.
		shards, err := number()
		if err != nil {
			return nil, err
		}
		if seen[string(split)] {
			return nil, errTwice
		}
		seen[string(split)] = true
		c.splits = append(c.splits, splitCount{string(split), shards})
	}
	return c, nil
}
