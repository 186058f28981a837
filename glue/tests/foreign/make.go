// Makes this folder's files of parquet-go: go run glue/tests/foreign/make.go glue/tests/foreign, in a module that requires
// the version of requirements.txt's line for it.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/parquet-go/parquet-go"
)

type Point struct {
	X float32  `parquet:"x,split"`
	Y *float64 `parquet:"y,optional,split"`
}

type Row struct {
	ID      int64            `parquet:"id,delta"`
	Flag    bool             `parquet:"flag,dict"`
	Maybe   *bool            `parquet:"maybe,optional,dict"`
	Small   int32            `parquet:"small,delta,zstd"`
	Split   int64            `parquet:"split,split"`
	Far     uint64           `parquet:"far,delta"`
	Text    string           `parquet:"text,delta,snappy"`
	Few     string           `parquet:"few,dict"`
	Bytes   []byte           `parquet:"bytes,delta"`
	Name    *string          `parquet:"name,optional,lz4"`
	Price   int64            `parquet:"price,decimal(2:18)"`
	At      time.Time        `parquet:"at,timestamp(microsecond)"`
	UUID    uuid.UUID        `parquet:"uuid"`
	Tags    []string         `parquet:"tags,list"`
	Counts  map[string]int32 `parquet:"counts"`
	Point   *Point           `parquet:"point,optional"`
	Repeats []int32          `parquet:"repeats"`
}

func pointer[T any](value T) *T { return &value }

func rows() []Row {
	start := time.Date(2026, 5, 1, 8, 31, 7, 250_000_000, time.UTC)
	rows := make([]Row, 40)
	for i := range rows {
		rows[i] = Row{
			ID:    int64(i),
			Flag:  i%3 == 0,
			Small: int32((i * 7919) % 1000),
			Split: int64(i) << 40,
			Far:   1<<63 + uint64(i),
			Text:  fmt.Sprintf("https://example.com/%d", i*i),
			Few:   []string{"one", "two"}[i%2],
			Bytes: []byte(strings.Repeat("\xca", i%4)),
			Price: int64(i*125 - 1),
			At:    start.Add(time.Duration(i) * time.Microsecond),
			UUID:  uuid.MustParse(fmt.Sprintf("123e4567-e89b-12d3-a456-4266141740%02d", i)),
			Tags:  strings.Split("a,b,c", ",")[:i%4],
		}
		if i%4 != 0 {
			rows[i].Maybe = pointer(i%2 == 0)
			rows[i].Name = pointer(strings.Repeat("é", i%5))
			rows[i].Counts = map[string]int32{"k": int32(i)}
			rows[i].Point = &Point{X: float32(i) / 8}
			rows[i].Repeats = make([]int32, i%3)
		}
		if i%5 == 0 && rows[i].Point != nil {
			rows[i].Point.Y = pointer(float64(i) / 10)
		}
	}
	return rows
}

func main() {
	for name, options := range map[string][]parquet.WriterOption{
		"parquetgo-v1": {parquet.DataPageVersion(1), parquet.PageBufferSize(200)},
		"parquetgo-v2": {parquet.DataPageVersion(2), parquet.Compression(&parquet.Gzip)},
	} {
		file, err := os.Create(filepath.Join(os.Args[1], name+".parquet"))
		if err != nil {
			panic(err)
		}
		writer := parquet.NewGenericWriter[Row](file, options...)
		if _, err := writer.Write(rows()); err != nil {
			panic(err)
		}
		if err := writer.Close(); err != nil {
			panic(err)
		}
	}
}
