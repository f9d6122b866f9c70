package traj

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// maxPageHeader is more than a header of a page takes that tells no bounds.
const maxPageHeader = 512

// checkPages compares the headers of a column's pages with the footer, once.
// The library takes what they say for granted: a flipped bit would have it ask
// for all memory.
func (t *tableFile) checkPages(group int, c *parquet.Column) error {
	checked := &t.checked[group*t.leaves+c.Index()]
	if checked.Load() {
		return nil
	}
	chunk := &t.parquet.Metadata().RowGroups[group].Columns[c.Index()].MetaData
	at := chunk.DataPageOffset
	if chunk.DictionaryPageOffset != 0 {
		at = chunk.DictionaryPageOffset
	}
	end := at + chunk.TotalCompressedSize
	if at < 4 || end < at || end > t.parquet.Size() {
		return fmt.Errorf("it lies from byte %d to %d of a file of %d", at, end, t.parquet.Size())
	}
	compact := thrift.CompactProtocol{}
	var memory [maxPageHeader]byte
	plain, values := int64(0), int64(0)
	for at < end {
		text := memory[:min(maxPageHeader, end-at)]
		if _, err := t.file.ReadAt(text, at); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		var header format.PageHeader
		reader := compact.NewReaderFromBytes(text)
		if err := thrift.NewDecoder(reader).Decode(&header); err != nil {
			return fmt.Errorf("the header of the page at byte %d: %w", at, err)
		}
		n := int64(header.DataPageHeaderV2.V.NumValues)
		if header.Type == format.DictionaryPage {
			if words := header.DictionaryPageHeader.V.NumValues; words < 0 || words > header.UncompressedPageSize {
				return fmt.Errorf("the dictionary at byte %d has %d values in %d bytes", at, words, header.UncompressedPageSize)
			}
			n = 0
		}
		if header.CompressedPageSize < 0 || header.UncompressedPageSize < 0 || n < 0 {
			return fmt.Errorf("the page at byte %d has a size below 0", at)
		}
		plain += int64(reader.BytesRead()) + int64(header.UncompressedPageSize)
		values += n
		at += int64(reader.BytesRead()) + int64(header.CompressedPageSize)
	}
	if at != end || plain != chunk.TotalUncompressedSize || values != chunk.NumValues {
		return fmt.Errorf("its pages end at byte %d and hold %d values in %d bytes; the footer says %d, %d and %d",
			at, values, plain, end, chunk.NumValues, chunk.TotalUncompressedSize)
	}
	checked.Store(true)
	return nil
}
