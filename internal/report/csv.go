package report

import (
	"encoding/csv"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// writeCSV writes one row per stream. The columns are the keys of the JSON
// report, those of an object inside with a dot ("remote.lost"); what is null
// there is an empty cell here.
func writeCSV(w io.Writer, r *Report, _ Options) error {
	r.Normalize()
	c := csv.NewWriter(w)
	header := csvHeader(nil, reflect.TypeFor[Stream](), "")
	if err := c.Write(header); err != nil {
		return err
	}
	row := make([]string, 0, len(header))
	for i := range r.Streams {
		row = csvRow(row[:0], reflect.ValueOf(&r.Streams[i]).Elem())
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func csvHeader(names []string, t reflect.Type, prefix string) []string {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if inner, ok := innerStruct(f.Type); ok {
			names = csvHeader(names, inner, prefix+name+".")
			continue
		}
		names = append(names, prefix+name)
	}
	return names
}

func innerStruct(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t, t.Kind() == reflect.Struct
}

func csvRow(row []string, v reflect.Value) []string {
	for i := range v.NumField() {
		f := v.Field(i)
		inner, isStruct := innerStruct(f.Type())
		switch {
		case isStruct && f.Kind() == reflect.Pointer && f.IsNil():
			row = append(row, make([]string, len(csvHeader(nil, inner, "")))...)
		case isStruct:
			row = csvRow(row, reflect.Indirect(f))
		default:
			row = append(row, csvValue(f))
		}
	}
	return row
}

func csvValue(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return ""
		}
		return csvValue(v.Elem())
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	case reflect.Slice:
		cells := make([]string, v.Len())
		for i := range cells {
			cells[i] = csvValue(v.Index(i))
		}
		return strings.Join(cells, " ")
	}
	return csvCell(v.String())
}
