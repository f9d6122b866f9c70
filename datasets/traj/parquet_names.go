package traj

import (
	"errors"
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// readNames fills dst with the codes of a column of names.
func (t *tableFile) readNames(group, rows int, column string, codes map[string]int32, dst *Values) error {
	c, err := t.column(column, nameNode())
	if err != nil {
		return err
	}
	dst.Data = slices.Grow(dst.Data[:0], 4*rows)[:4*rows]
	to := strided[int32]{data: Of[int32](dst), stride: 1}
	var dictionary parquet.Dictionary
	var known, found []int32
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
		if dictionary != page.Dictionary() {
			dictionary, known = page.Dictionary(), known[:0]
			for i := range dictionary.Len() {
				k, err := code(dictionary.Index(int32(i)).ByteArray())
				if err != nil {
					return err
				}
				known = append(known, k)
			}
		}
		data := page.Data()
		words := data.Int32()
		found = slices.Grow(found[:0], len(words))[:len(words)]
		for i, word := range words {
			if uint32(word) >= uint32(len(known)) {
				return fmt.Errorf("name number %d of a dictionary of %d", word, len(known))
			}
			found[i] = known[word]
		}
		return to.put(found)
	})
	if err == nil && to.at < rows {
		err = t.damagedColumn(group, c, fmt.Errorf("it has %d rows of the %d", to.at, rows))
	}
	return err
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
