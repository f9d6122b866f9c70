package traj

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
)

// journalReader reads the records of a journal.
type journalReader struct {
	file *os.File
	// size is the file's; end is that of what was read so far: whole records
	// and damage between them.
	size, end int64
	damage
	buffer []byte
}

func openJournal(path string) (*journalReader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	return &journalReader{file: file, size: info.Size()}, nil
}

// read returns the next record, which is good until the next call, or io.EOF
// after the last whole one. What is in its way, or behind the last one, is
// damage, unless it is the beginning of a record whose write was cut short.
func (r *journalReader) read() (kind byte, body []byte, err error) {
	payload, whole, next, err := r.at(r.end)
	if err == nil && !whole {
		payload, next, err = r.skip()
	}
	if err != nil {
		return 0, nil, err
	}
	if payload[0] != recordVersion {
		return 0, nil, fmt.Errorf("a record has version %d: this program reads version %d; a newer one may read it", payload[0], recordVersion)
	}
	r.end = next
	return payload[1], payload[2:], nil
}

// at reads the record at an offset. whole says that it is one; next is the
// offset behind it.
func (r *journalReader) at(offset int64) (payload []byte, whole bool, next int64, err error) {
	var header [8]byte
	if r.size-offset < recordHeader {
		return nil, false, 0, nil
	}
	if _, err := r.file.ReadAt(header[:], offset); err != nil {
		return nil, false, 0, err
	}
	n := int64(binary.LittleEndian.Uint32(header[:]))
	if n < 2 || n > maxRecord || offset+8+n > r.size {
		return nil, false, 0, nil
	}
	r.buffer = slices.Grow(r.buffer[:0], int(n))[:n]
	if _, err := r.file.ReadAt(r.buffer, offset+8); err != nil {
		return nil, false, 0, err
	}
	return r.buffer, crc32.Checksum(r.buffer, castagnoli) == binary.LittleEndian.Uint32(header[4:]), offset + 8 + n, nil
}

func (r *journalReader) close() error { return r.file.Close() }

// contents is what a journal holds.
type contents struct {
	info            *Info
	schema          *Schema
	episodes, steps int
	// bytes is the size of the episodes' records.
	bytes int64
	// whole is where the last whole record ends, size where the file does.
	whole, size int64
	damage
	// episode is the last one; its memory is used for the next.
	episode *Episode
}

// readJournal reads a journal and gives each of its episodes to visit, which
// may be nil and may not keep them. A journal without a description holds nothing: info is nil.
func readJournal(path string, visit func(c *contents, e *Episode) error) (*contents, error) {
	r, err := openJournal(path)
	if err != nil {
		return nil, err
	}
	defer r.close()
	c := &contents{size: r.size}
	for {
		kind, body, err := r.read()
		c.whole, c.damage = r.end, r.damage
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err == nil {
			err = c.take(kind, body, visit)
		}
		if err != nil {
			return nil, err
		}
	}
}

func (c *contents) take(kind byte, body []byte, visit func(c *contents, e *Episode) error) error {
	switch kind {
	case kindDescription:
		info, err := parseInfo(body)
		if err != nil {
			return err
		}
		if c.schema == nil {
			if c.schema, err = info.Schema(); err != nil {
				return err
			}
		}
		c.info = info
		return nil
	case kindEpisode:
		if c.info == nil {
			return errors.New("an episode comes before any description")
		}
		if len(body) < 8 {
			return errors.New("an episode has no number")
		}
		id := int64(binary.LittleEndian.Uint64(body))
		if c.episode == nil {
			c.episode = c.schema.newEpisode()
		}
		e := c.episode
		if err := e.parse(c.schema, id, body[8:]); err != nil {
			return fmt.Errorf("episode %d: %w", id, err)
		}
		c.episodes++
		c.bytes += int64(recordHeader + len(body))
		c.steps += e.Header.Steps
		if visit == nil {
			return nil
		}
		return visit(c, e)
	}
	return fmt.Errorf("a record has kind %d, which is none", kind)
}
