package report

import (
	"math"
	"reflect"
)

// Normalize makes r what the schema promises: no list is missing (nil becomes
// empty), and no number is NaN or infinite (null where the schema allows it,
// else 0), for which JSON has no word.
func (r *Report) Normalize() {
	if r.Schema == "" {
		r.Schema = Schema
	}
	normalize(reflect.ValueOf(r).Elem())
}

// normalize walks by reflection, so that a field added later is not forgotten.
func normalize(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			normalize(v.Field(i))
		}
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		if k := v.Type().Elem().Kind(); k == reflect.Struct || k == reflect.Slice || k == reflect.Float64 {
			for i := range v.Len() {
				normalize(v.Index(i))
			}
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if e := v.Elem(); e.Kind() == reflect.Float64 && !finite(e.Float()) {
			v.SetZero()
			return
		}
		normalize(v.Elem())
	case reflect.Float64:
		if !finite(v.Float()) {
			v.SetFloat(0)
		}
	}
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
