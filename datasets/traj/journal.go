package traj

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Where journals lie, and how they are called.
const (
	openDir       = "open"
	journalSuffix = ".journal"
)

// A journal is a list of records: 4 bytes of length, 4 of checksum (CRC-32C of
// the rest), the version, the kind, and the record's own bytes: Info as JSON,
// or 8 bytes of an episode's ID and the episode. The first record describes the
// shard that it will be; a later description replaces it.
const (
	recordHeader  = 10
	recordVersion = 1
	// maxRecord bounds an episode, and what a damaged length can ask for.
	maxRecord = 1 << 30

	kindDescription = 1
	kindEpisode     = 2
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func journalPath(dir, name string) string { return filepath.Join(dir, openDir, name+journalSuffix) }

// journalNames lists the shards of which there are journals, by name.
func journalNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, openDir))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), journalSuffix); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// newRecord begins a record in the memory of another.
func newRecord(memory []byte, kind byte) []byte {
	return append(memory[:0], 0, 0, 0, 0, 0, 0, 0, 0, recordVersion, kind)
}

// sealRecord fills in length and checksum.
func sealRecord(record []byte) {
	payload := record[8:]
	binary.LittleEndian.PutUint32(record, uint32(len(payload)))
	binary.LittleEndian.PutUint32(record[4:], crc32.Checksum(payload, castagnoli))
}

// episodeRecord makes a record of an episode whose ID is not known yet.
func episodeRecord(memory []byte, e *Episode) []byte {
	return appendEpisode(append(newRecord(memory, kindEpisode), 0, 0, 0, 0, 0, 0, 0, 0), e)
}

// journal is one that is being written.
type journal struct {
	dir, name string
	file      *os.File
	// size is that of the whole records; after a write that failed there may
	// be more in the file, until the next begins at the same place.
	size            int64
	episodes, steps int
	// bytes is the size of the episodes' records alone, so that shards end
	// where they do however often a journal was described.
	bytes int64
	// info is what the last description says.
	info *Info
}

// createJournal begins the journal of a shard.
func createJournal(dir, name string, info *Info) (*journal, error) {
	file, err := os.OpenFile(journalPath(dir, name), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, err
	}
	j := &journal{dir: dir, name: name, file: file}
	if err := j.describe(info); err != nil {
		return nil, errors.Join(err, j.remove())
	}
	return j, nil
}

// resumeJournal goes on with one that was read, and cuts what follows its last
// whole record.
func resumeJournal(dir, name string, c *contents) (*journal, error) {
	file, err := os.OpenFile(journalPath(dir, name), os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := file.Truncate(c.whole); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &journal{dir: dir, name: name, file: file, size: c.whole, bytes: c.bytes, episodes: c.episodes, steps: c.steps, info: c.info}, nil
}

// describe replaces the description.
func (j *journal) describe(info *Info) error {
	text, err := info.marshal()
	if err != nil {
		return err
	}
	record := append(newRecord(nil, kindDescription), text...)
	sealRecord(record)
	if err := j.append(record); err != nil {
		return err
	}
	j.info = info
	return nil
}

// add appends the record of an episode under an ID.
func (j *journal) add(record []byte, id int64, steps int) error {
	binary.LittleEndian.PutUint64(record[recordHeader:], uint64(id))
	sealRecord(record)
	if err := j.append(record); err != nil {
		return err
	}
	j.episodes++
	j.steps += steps
	j.bytes += int64(len(record))
	return nil
}

// append writes a record, with one write. After an error the journal is what it
// was.
func (j *journal) append(record []byte) error {
	if _, err := j.file.WriteAt(record, j.size); err != nil {
		// A reader stops at what is no whole record, should this fail too.
		j.file.Truncate(j.size)
		return err
	}
	j.size += int64(len(record))
	return nil
}

func (j *journal) remove() error { return errors.Join(j.file.Close(), os.Remove(j.file.Name())) }
