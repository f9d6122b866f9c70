package traj

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// damage counts what a journal has between and behind its whole records that
// no single write can have left: runs of bytes, each of one record or more.
type damage struct {
	runs  int
	bytes int64
}

// err is nil where there is none.
func (d damage) err() error {
	if d.runs == 0 {
		return nil
	}
	places := "one place"
	if d.runs > 1 {
		places = fmt.Sprintf("%d places", d.runs)
	}
	return fmt.Errorf("%d bytes, in %s, are no records that were written: their lengths or checksums are wrong", d.bytes, places)
}

// skip passes over what is no whole record at the reader's place. It returns
// the next one, and where that ends, or io.EOF where no other follows.
func (r *journalReader) skip() (payload []byte, next int64, err error) {
	for at, err := r.candidate(r.end + 1); at < r.size; at, err = r.candidate(at + 1) {
		if err != nil {
			return nil, 0, err
		}
		payload, whole, next, err := r.at(at)
		if err != nil {
			return nil, 0, err
		}
		if whole {
			r.lose(at - r.end)
			return payload, next, nil
		}
	}
	torn, err := r.torn()
	if err == nil && !torn {
		r.lose(r.size - r.end)
	}
	if err == nil {
		err = io.EOF
	}
	return nil, 0, err
}

func (r *journalReader) lose(bytes int64) {
	r.runs++
	r.damage.bytes += bytes
}

// torn reports whether the rest of the file is the beginning of one record,
// which a single write leaves that is cut short.
func (r *journalReader) torn() (bool, error) {
	rest := make([]byte, min(r.size-r.end, recordHeader))
	if _, err := r.file.ReadAt(rest, r.end); err != nil {
		return false, err
	}
	if len(rest) < recordHeader {
		return true, nil
	}
	n := int64(binary.LittleEndian.Uint32(rest))
	if n < 2 || n > maxRecord || r.end+8+n <= r.size || !knownRecord(rest) {
		return false, nil
	}
	// All of it is there if its checksum is right: then the length is wrong.
	sum := crc32.New(castagnoli)
	if _, err := io.Copy(sum, io.NewSectionReader(r.file, r.end+8, r.size-r.end-8)); err != nil {
		return false, err
	}
	return sum.Sum32() != binary.LittleEndian.Uint32(rest[4:]), nil
}

// knownRecord reports whether a header's version and kind are ones that this
// program writes.
func knownRecord(header []byte) bool {
	return header[8] == recordVersion && (header[9] == kindDescription || header[9] == kindEpisode)
}

// scanBlock is how much of a journal is read at once in search of a record.
const scanBlock = 64 << 10

// likely is the length of the beginning of a record that candidate looks at: the
// header and the first bytes of the body.
const likely = recordHeader + 8

// candidate returns the first offset from one on where a record may begin, or
// the file's size. Reading all that is behind each offset, for its checksum,
// would take the square of the journal's length.
func (r *journalReader) candidate(from int64) (int64, error) {
	block := make([]byte, scanBlock)
	for from+likely <= r.size {
		read := block[:min(scanBlock, r.size-from)]
		if _, err := r.file.ReadAt(read, from); err != nil {
			return 0, err
		}
		places := len(read) - likely + 1
		for i := range places {
			head := read[i : i+likely]
			n := int64(binary.LittleEndian.Uint32(head))
			if knownRecord(head) && n >= likely-8 && from+int64(i)+8+n <= r.size && likelyBody(head[9], head[recordHeader:]) {
				return from + int64(i), nil
			}
		}
		from += int64(places)
	}
	return r.size, nil
}

// mostEpisodes bounds the numbers of episodes, for telling records from other
// bytes.
const mostEpisodes = 1 << 40

// likelyBody reports whether a record's first bytes are those of its kind: an
// object, or the number of an episode.
func likelyBody(kind byte, body []byte) bool {
	if kind == kindDescription {
		return body[0] == '{'
	}
	return binary.LittleEndian.Uint64(body) < mostEpisodes
}
