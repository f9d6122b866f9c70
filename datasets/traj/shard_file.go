package traj

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// infoKey is the key of Info in a footer.
const infoKey = "trailblazer"

// pageBytes is the size of a page before it is compressed: a column of a full
// row group is one page, also where the group's last episode is long.
const pageBytes = 320 << 10

// shardFile is one Parquet file being written, under a temporary name.
type shardFile struct {
	path   string
	file   *os.File
	buffer *bufio.Writer
	hash   hash.Hash
	out    *parquet.GenericWriter[any]
}

// createShardFile begins a file that will be called path.
func createShardFile(path string, t *table) (*shardFile, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.Create(path + partialSuffix)
	if err != nil {
		return nil, err
	}
	f := &shardFile{path: path, file: file, hash: sha256.New()}
	f.buffer = bufio.NewWriterSize(io.MultiWriter(file, f.hash), 1<<18)
	f.out = parquet.NewGenericWriter[any](f.buffer,
		parquet.NewSchema("schema", t),
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}),
		parquet.CreatedBy(infoKey, strconv.Itoa(SchemaVersion), ""),
		parquet.PageBufferSize(pageBytes),
		parquet.WriteBufferSize(0), // buffered here
		parquet.DataPageStatistics(false))
	return f, nil
}

// finish writes the footer and makes the file last, still under its temporary
// name.
func (f *shardFile) finish(info string) (bytes int64, sum string, err error) {
	f.out.SetKeyValueMetadata(infoKey, info)
	if err := f.out.Close(); err != nil {
		return 0, "", err
	}
	if err := f.buffer.Flush(); err != nil {
		return 0, "", err
	}
	if err := f.file.Sync(); err != nil {
		return 0, "", err
	}
	stat, err := f.file.Stat()
	if err != nil {
		return 0, "", err
	}
	return stat.Size(), hex.EncodeToString(f.hash.Sum(nil)), f.file.Close()
}

// publish gives the file its name.
func (f *shardFile) publish() error {
	if err := os.Rename(f.path+partialSuffix, f.path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(f.path))
}

// discard removes what was written.
func (f *shardFile) discard() {
	f.file.Close()
	os.Remove(f.path + partialSuffix)
}

// syncDir makes renames in a directory last.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
