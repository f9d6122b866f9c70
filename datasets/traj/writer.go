package traj

import (
	"errors"
	"fmt"
	"regexp"
	"sync"

	"trailblazer/api/env"
)

// WriterOptions says how a data set is written; the zero value will do.
type WriterOptions struct {
	// Split is the part of the data set that episodes are of which name none;
	// empty stands for "train". It consists of letters, digits and "_".
	Split string
	// ShardSteps is how many steps a shard has at least before the next begins,
	// unless its episodes take more than 256 MB in memory; 0 stands for 1048576.
	ShardSteps int
	// GroupSteps is the same for row groups, which are what a reader reads at
	// once; 0 stands for 32768.
	GroupSteps int
	// Command is how the data set is made, as its maker typed it.
	Command string
	// Reference holds scores to compare with.
	Reference []Reference

	// shardBytes is 256 MB but in tests.
	shardBytes int64
}

// Sizes of shards.
const (
	defaultSplit      = "train"
	defaultShardSteps = 1 << 20
	// defaultShardBytes ends a shard early whose steps are large.
	defaultShardBytes = 256 << 20
)

// splitName is what the Hugging Face loader takes as a split.
var splitName = regexp.MustCompile(`^\w{1,64}$`)

// ErrClosed says that a Writer was closed.
var ErrClosed = errors.New("the writer is closed: open the data set again with Create")

// Writer adds episodes to a data set. It is safe for concurrent use.
//
// Each episode is in a journal before Add returns, so that it is kept if the
// process is killed then; only a machine that loses its power may lose what no
// Flush has finished. A full shard is written in the background, while the next
// one's journal grows.
type Writer struct {
	dir     string
	options WriterOptions
	schema  *Schema
	lock    *directoryLock
	listing *listing
	records sync.Pool

	// flushing is held by Flush and Close, before mu and longer.
	flushing sync.Mutex

	mu sync.Mutex
	// base describes new shards; said tells that the whole is described so.
	base    *Info
	said    bool
	hashes  map[string]bool
	sources map[string]struct{}
	// kept counts episodes; next is the next one's ID.
	kept int
	next int64
	// open holds the journal of each split that has one; numbers the number
	// that its next shard gets.
	open    map[string]*journal
	numbers map[string]int
	// writing is the shard that is being written; nil if none is.
	writing *sealedShard
	closed  bool
}

// Create makes a data set for episodes of a spec, or goes on with one that has
// the same fields. What a writer that was killed has left is taken up. What is
// said of a data set that is there stays until the first Add: who finds that it
// is the wrong one can close the Writer, and has changed nothing. Only one Writer
// at a time can have a directory: see [LockedError].
func Create(dir string, spec *env.Spec, labels Labels, o WriterOptions) (*Writer, error) {
	base, err := newInfo(spec, labels)
	if err != nil {
		return nil, err
	}
	base.addScenario(ScenarioOf(spec))
	return createWith(dir, base, o)
}

// createWith is Create for a description instead of a spec.
func createWith(dir string, base *Info, o WriterOptions) (*Writer, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	made := *base
	made.addOrigin(o.Command, o.Reference)
	schema, err := made.Schema()
	if err != nil {
		return nil, err
	}
	lock, err := lockDirectory(dir)
	if err != nil {
		return nil, err
	}
	w := &Writer{dir: dir, options: o, schema: schema, lock: lock, base: &made, hashes: map[string]bool{},
		sources: map[string]struct{}{}, open: map[string]*journal{}, numbers: map[string]int{}}
	w.records.New = func() any { return new([]byte) }
	if err := w.start(); err != nil {
		for _, j := range w.open {
			j.file.Close()
		}
		return nil, errors.Join(err, lock.release())
	}
	return w, nil
}

// complete checks the options and fills in defaults.
func (o *WriterOptions) complete() error {
	if o.Split == "" {
		o.Split = defaultSplit
	}
	if err := CheckSplit(o.Split); err != nil {
		return err
	}
	for _, size := range []struct {
		field string
		value int
	}{{"shard_steps", o.ShardSteps}, {"group_steps", o.GroupSteps}} {
		if size.value < 0 {
			return &env.FieldError{Field: size.field, Value: fmt.Sprint(size.value), Remedy: "give a positive number, or 0 for the default"}
		}
	}
	if o.ShardSteps == 0 {
		o.ShardSteps = defaultShardSteps
	}
	if o.shardBytes == 0 {
		o.shardBytes = defaultShardBytes
	}
	return nil
}

// CheckSplit reports a name that no part of a data set can have.
func CheckSplit(split string) error {
	if splitName.MatchString(split) {
		return nil
	}
	return &env.FieldError{Field: "split", Value: fmt.Sprintf("%q", split), Remedy: "give up to 64 letters, digits and underscores, such as train, valid or test"}
}

// Schema lists the fields of the data set's steps.
func (w *Writer) Schema() *Schema { return w.schema }

// Episodes is the number of episodes that are kept so far, in shards and
// journals.
func (w *Writer) Episodes() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.kept
}

// Has reports whether an episode of this source is kept.
func (w *Writer) Has(source string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, there := w.sources[source]
	return there
}

// Add adds an episode, and gives it its ID. It fills in what follows from the
// steps (FieldEpisode, FieldReturnToGo, and Steps, Return, Complete, Terminated
// and Truncated of the header); the split is the Writer's where the header has
// none.
//
// added says whether the episode is kept. It is false without an error where
// one of the same source is there. It is true with an error where the episode
// lies in its journal, but a shard could not be written, as on a full disk:
// that is tried again with later episodes and by Flush.
func (w *Writer) Add(e *Episode) (added bool, err error) {
	if e.Split == "" {
		e.Split = w.options.Split
	}
	if err := CheckSplit(e.Split); err != nil {
		return false, err
	}
	if err := w.schema.check(e); err != nil {
		return false, err
	}
	e.seal(0)
	memory := w.records.Get().(*[]byte)
	defer w.records.Put(memory)
	*memory = episodeRecord(*memory, e)
	if n := len(*memory); n > maxRecord {
		return false, &env.FieldError{Field: "steps", Value: fmt.Sprintf("%d bytes long", n), Remedy: fmt.Sprintf("give episodes of at most %d bytes", maxRecord)}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false, ErrClosed
	}
	if !w.hashes[e.ScenarioHash] {
		return false, &env.FieldError{Field: "scenario_hash", Value: fmt.Sprintf("%q", e.ScenarioHash), Remedy: "add the scenario first, with AddScenario"}
	}
	if _, there := w.sources[e.Source]; there && e.Source != "" {
		return false, nil
	}
	err = w.say()
	if err == nil {
		err = w.journal(e, *memory)
	}
	if err != nil {
		return false, fmt.Errorf("episode not kept: %w; make room or give another directory, then add it again", err)
	}
	if j := w.open[e.Split]; j.steps >= w.options.ShardSteps || j.bytes >= w.options.shardBytes {
		return true, w.seal(e.Split)
	}
	return true, nil
}

// journal appends the record of an episode to its split's journal.
func (w *Writer) journal(e *Episode, record []byte) error {
	j := w.open[e.Split]
	if j == nil {
		var err error
		if j, err = createJournal(w.dir, shardName(e.Split, w.numbers[e.Split]), w.base); err != nil {
			return err
		}
		w.open[e.Split] = j
		w.numbers[e.Split]++
	}
	if j.info != w.base {
		if err := j.describe(w.base); err != nil {
			return err
		}
	}
	if err := j.add(record, w.next, e.Header.Steps); err != nil {
		return err
	}
	e.seal(w.next)
	w.keep(w.next, e.Source)
	return nil
}

// keep takes down an episode that is in a shard or a journal.
func (w *Writer) keep(id int64, source string) {
	w.kept++
	w.next = max(w.next, id+1)
	if source != "" {
		w.sources[source] = struct{}{}
	}
}
