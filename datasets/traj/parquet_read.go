package traj

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"
)

// tableFile is a Parquet file opened for reading. It is safe for concurrent
// use.
type tableFile struct {
	path    string
	file    *os.File
	parquet *parquet.File
	columns map[string]*parquet.Column
}

// openTable opens a file and reads its footer.
func openTable(path string) (*tableFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	t := &tableFile{path: path, file: file}
	if err := t.open(); err != nil {
		file.Close()
		return nil, damaged(path, "", err)
	}
	return t, nil
}

func (t *tableFile) open() (err error) {
	defer rescue(&err)
	stat, err := t.file.Stat()
	if err != nil {
		return err
	}
	t.parquet, err = parquet.OpenFile(t.file, stat.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return err
	}
	t.columns = map[string]*parquet.Column{}
	for _, c := range t.parquet.Root().Columns() {
		for len(c.Columns()) == 1 {
			c = c.Columns()[0]
		}
		t.columns[c.Path()[0]] = c
	}
	return nil
}

func (t *tableFile) close() error { return t.file.Close() }

// info reads the description in the footer.
func (t *tableFile) info() (*Info, error) {
	text, ok := t.parquet.Lookup(infoKey)
	if !ok {
		return nil, damaged(t.path, "footer", fmt.Errorf("key %q is missing", infoKey))
	}
	info, err := parseInfo([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%s: footer: %w", t.path, err)
	}
	return info, nil
}

// groups lists the numbers of rows of the row groups.
func (t *tableFile) groups() []int {
	groups := t.parquet.RowGroups()
	rows := make([]int, len(groups))
	for i, g := range groups {
		rows[i] = int(g.NumRows())
	}
	return rows
}

// column finds a column that must be of the node's type: a number, an optional
// number or a list.
func (t *tableFile) column(name string, node parquet.Node) (*parquet.Column, error) {
	c := t.columns[name]
	if c == nil || !c.Leaf() {
		return nil, damaged(t.path, "column "+name, errors.New("it is missing"))
	}
	repetition, definition := 0, 0
	leaf := node
	switch {
	case node.Optional():
		definition = 1
	case !node.Leaf():
		repetition, definition = 1, 1
		leaf = node.Fields()[0].Fields()[0]
	}
	if got, want := c.Type().Kind(), leaf.Type().Kind(); got != want {
		return nil, damaged(t.path, "column "+name, fmt.Errorf("it is %v, not %v", got, want))
	}
	if c.MaxRepetitionLevel() != repetition || c.MaxDefinitionLevel() != definition {
		return nil, damaged(t.path, "column "+name, fmt.Errorf("it has levels up to %d and %d, not %d and %d",
			c.MaxRepetitionLevel(), c.MaxDefinitionLevel(), repetition, definition))
	}
	return c, nil
}

// eachPage calls do with the pages of a column of a row group, which are valid
// during the call.
func (t *tableFile) eachPage(group int, c *parquet.Column, do func(parquet.Page) error) (err error) {
	defer func() { err = damaged(t.path, fmt.Sprintf("row group %d, column %s", group, c.Path()[0]), err) }()
	defer rescue(&err)
	pages := t.parquet.RowGroups()[group].ColumnChunks()[c.Index()].Pages()
	defer pages.Close()
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) && page == nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
		if err != nil {
			return err
		}
		err = do(page)
		parquet.Release(page)
		if err != nil {
			return err
		}
	}
}
