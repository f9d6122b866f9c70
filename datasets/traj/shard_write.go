package traj

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Sizes of row groups. A group is what a reader reads at once and a trainer
// shuffles within.
const (
	// DefaultGroupSteps is the least number of steps of a full row group.
	DefaultGroupSteps = 1 << 15
	// groupBytes ends a group early whose steps are large.
	groupBytes = 32 << 20
)

// shardWriter writes the two files of one shard. Each row group of episodes has
// those of the row group of steps with the same number.
type shardWriter struct {
	groupSteps  int
	steps       *stepBuffer
	episodes    *episodeBuffer
	stepFile    *shardFile
	episodeFile *shardFile
	groups      int
	info        ShardInfo
}

// newShardWriter begins a shard of a data set. Nothing is visible until finish.
// groupSteps is the least number of steps in a row group; 0 stands for 32768.
func newShardWriter(dir, name string, schema *Schema, groupSteps int) (*shardWriter, error) {
	if groupSteps <= 0 {
		groupSteps = DefaultGroupSteps
	}
	w := &shardWriter{groupSteps: groupSteps, steps: newStepBuffer(schema), episodes: newEpisodeBuffer(schema),
		info: ShardInfo{Name: name, Split: splitOf(name)}}
	var err error
	if w.episodeFile, err = createShardFile(episodesPath(dir, name), episodeTable(schema)); err != nil {
		return nil, err
	}
	if w.stepFile, err = createShardFile(stepsPath(dir, name), stepTable(schema)); err != nil {
		w.episodeFile.discard()
		return nil, err
	}
	return w, nil
}

// add appends an episode of the schema, whose ID is set: it is what column
// episode gets. Nothing of e is kept.
func (w *shardWriter) add(e *Episode) error {
	if e.Steps.Rows > math.MaxInt32-w.steps.frame.Rows {
		return fmt.Errorf("episode %d has %d steps: a row group holds fewer than 2^31", e.ID, e.Steps.Rows)
	}
	h := e.Header
	h.Group, h.Row = w.groups, w.steps.frame.Rows
	if err := w.steps.add(e); err != nil {
		return err
	}
	w.episodes.add(e, &h)
	w.info.Episodes++
	w.info.Steps += e.Steps.Rows
	if w.steps.frame.Rows >= w.groupSteps || w.steps.bytes+w.episodes.bytes >= groupBytes {
		return w.flush()
	}
	return nil
}

// flush writes the buffered episodes as a row group of each file.
func (w *shardWriter) flush() error {
	if w.steps.frame.Rows == 0 {
		return nil
	}
	err := errors.Join(
		writeGroup(w.stepFile.out, w.steps.sources),
		writeGroup(w.episodeFile.out, w.episodes.sources))
	w.steps.reset()
	w.episodes.reset()
	w.groups++
	return err
}

// finish completes the files and gives them their names, the steps last: then
// the shard exists. info is what their footers say. After an error there is no
// shard, and abort removes what was written.
func (w *shardWriter) finish(info *Info) (ShardInfo, error) {
	if err := w.flush(); err != nil {
		return ShardInfo{}, err
	}
	indented, err := info.marshal()
	if err != nil {
		return ShardInfo{}, err
	}
	var text bytes.Buffer
	if err := json.Compact(&text, indented); err != nil {
		return ShardInfo{}, err
	}
	if _, w.info.EpisodesSHA256, err = w.episodeFile.finish(text.String()); err != nil {
		return ShardInfo{}, err
	}
	if w.info.Bytes, w.info.SHA256, err = w.stepFile.finish(text.String()); err != nil {
		return ShardInfo{}, err
	}
	if err := w.episodeFile.publish(); err != nil {
		return ShardInfo{}, err
	}
	return w.info, w.stepFile.publish()
}

// abort removes what was written, unless finish succeeded.
func (w *shardWriter) abort() {
	w.episodeFile.discard()
	w.stepFile.discard()
}
