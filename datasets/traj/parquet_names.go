package traj

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go"
)

// readNames fills dst with the codes of a column of names.
func (t *tableFile) readNames(group, rows int, column string, codes map[string]int32, dst *Values) error {
	c, err := t.column(column, nameNode())
	if err != nil {
		return err
	}
	dst.Data = dst.Data[:0]
	var words parquet.Dictionary
	var known []int32
	out := make([]int32, 0, rows)
	code := func(name []byte) (int32, error) {
		code, ok := codes[string(name)]
		if !ok {
			return 0, fmt.Errorf("name %q is in no dictionary", name)
		}
		return code, nil
	}
	err = t.eachPage(group, c, func(page parquet.Page) error {
		if page.Dictionary() == nil {
			return errors.New("it has no dictionary")
		}
		if words != page.Dictionary() {
			words, known = page.Dictionary(), known[:0]
			for i := range words.Len() {
				k, err := code(words.Index(int32(i)).ByteArray())
				if err != nil {
					return err
				}
				known = append(known, k)
			}
		}
		data := page.Data()
		for _, i := range data.Int32() {
			if uint32(i) >= uint32(len(known)) {
				return fmt.Errorf("name number %d of a dictionary of %d", i, len(known))
			}
			out = append(out, known[i])
		}
		return nil
	})
	if err == nil && len(out) != rows {
		err = t.damagedColumn(group, c, fmt.Errorf("it has %d rows of the %d", len(out), rows))
	}
	if err != nil {
		return err
	}
	for _, o := range out {
		dst.Data = append(dst.Data, byte(o), byte(o>>8), byte(o>>16), byte(o>>24))
	}
	return nil
}

// names lists what a column of names may hold in a row group.
func (t *tableFile) names(group int, column string, node parquet.Node, add func(string)) (err error) {
	c, err := t.column(column, node)
	if err != nil {
		return err
	}
	defer func() { err = t.damagedColumn(group, c, err) }()
	defer rescue(&err)
	if err := t.checkPages(group, c); err != nil {
		return err
	}
	pages := t.parquet.RowGroups()[group].ColumnChunks()[c.Index()].(*parquet.FileColumnChunk).PagesFrom(t.file)
	defer pages.Close()
	words, err := pages.ReadDictionary()
	if err != nil {
		return err
	}
	if words == nil {
		return errors.New("it has no dictionary")
	}
	for i := range words.Len() {
		add(string(words.Index(int32(i)).ByteArray()))
	}
	return nil
}
