package traj

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/parquet-go/parquet-go"
)

// tableFile is a Parquet file opened for reading. It is safe for concurrent
// use.
type tableFile struct {
	path    string
	file    *os.File
	parquet *parquet.File
	columns map[string]*parquet.Column
	leaves  int
	checked []atomic.Bool // the pages of each column of each row group
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
	if err := checkFooter(t.file, stat.Size()); err != nil {
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
	t.leaves = len(t.parquet.Schema().Columns())
	t.checked = make([]atomic.Bool, t.leaves*len(t.parquet.RowGroups()))
	return nil
}

func (t *tableFile) close() error { return t.file.Close() }

// infoText is the description in the footer; empty where there is none.
func (t *tableFile) infoText() string {
	text, _ := t.parquet.Lookup(infoKey)
	return text
}

// info reads the description in the footer.
func (t *tableFile) info() (*Info, error) {
	text := t.infoText()
	if text == "" {
		return nil, damaged(t.path, "footer", fmt.Errorf("key %q is missing", infoKey))
	}
	info, err := parseInfo([]byte(text))
	var newer *VersionError
	if errors.As(err, &newer) {
		return nil, fmt.Errorf("%s: footer: %w", t.path, err)
	}
	return info, damaged(t.path, "footer", err)
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

// mustHave checks that the file has the columns of a table and no others.
func (t *tableFile) mustHave(want *table) error {
	for i := range want.columns {
		if _, err := t.column(want.columns[i].name, want.columns[i].Node); err != nil {
			return err
		}
	}
	if len(t.columns) != len(want.columns) {
		return damaged(t.path, "", fmt.Errorf("it has %d columns, and its footer declares %d", len(t.columns), len(want.columns)))
	}
	return nil
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

// pageReader reads the pages of a column of a row group.
type pageReader struct {
	table  *tableFile
	group  int
	column *parquet.Column
	pages  parquet.Pages
}

// read begins to read a column.
func (t *tableFile) read(group int, c *parquet.Column) (r *pageReader, err error) {
	defer func() { err = t.damagedColumn(group, c, err) }()
	defer rescue(&err)
	if err := t.checkPages(group, c); err != nil {
		return nil, err
	}
	pages := t.parquet.RowGroups()[group].ColumnChunks()[c.Index()].Pages()
	return &pageReader{table: t, group: group, column: c, pages: pages}, nil
}

// next gives the next page to use, which may keep nothing of it: the page is
// returned to be released. It is nil after the last.
func (r *pageReader) next(use sink) (page parquet.Page, err error) {
	defer func() { err = r.damaged(err) }()
	defer rescue(&err)
	page, err = r.pages.ReadPage()
	if err == io.EOF {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return page, use(page)
}

func (r *pageReader) damaged(err error) error { return r.table.damagedColumn(r.group, r.column, err) }

func (r *pageReader) close() { r.pages.Close() }

// eachPage gives all pages of a column to use, which may keep nothing of them.
func (t *tableFile) eachPage(group int, c *parquet.Column, use sink) error {
	r, err := t.read(group, c)
	if err != nil {
		return err
	}
	defer r.close()
	for {
		page, err := r.next(use)
		if page == nil || err != nil {
			return err
		}
		parquet.Release(page)
	}
}

// damagedColumn says what is wrong with a column of a row group.
func (t *tableFile) damagedColumn(group int, c *parquet.Column, err error) error {
	return damaged(t.path, fmt.Sprintf("row group %d, column %s", group, c.Path()[0]), err)
}
