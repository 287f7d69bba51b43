#include "oci/json.h"

#include <gtest/gtest.h>

namespace brig::json {
namespace {

using Type = Value::Type;

std::string repeated(std::string_view s, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += s;
  return out;
}

TEST(JsonParse, KeepsTypesValuesAndOrder) {
  const Result<Value> parsed = parse(
      R"( {"z": null, "a": true, "n": -7, "u": 18446744073709551615, "f": 1.5, "s": "\u00e9\n", "l": [1, []], "o": {}} )");
  ASSERT_TRUE(parsed.ok()) << parsed.error().to_string();
  const Value& v = parsed.value();
  ASSERT_EQ(v.type, Type::kObject);
  ASSERT_EQ(v.object.size(), 8u);
  EXPECT_EQ(v.object[0].first, "z");
  EXPECT_EQ(v.object[7].first, "o");
  EXPECT_EQ(v.find("z")->type, Type::kNull);
  EXPECT_TRUE(v.find("a")->boolean);
  EXPECT_EQ(v.find("n")->type, Type::kInteger);
  EXPECT_EQ(v.find("n")->integer, -7);
  EXPECT_EQ(v.find("u")->unsigned_, 18446744073709551615u);
  EXPECT_EQ(v.find("f")->type, Type::kFloat);
  EXPECT_EQ(v.find("f")->floating, 1.5);
  EXPECT_EQ(v.find("s")->string, "é\n");
  EXPECT_EQ(v.find("l")->array.size(), 2u);
  EXPECT_EQ(v.find("l")->array[1].type, Type::kArray);
  EXPECT_EQ(v.find("missing"), nullptr);
}

TEST(JsonParse, MinusZeroIsNotBelowZero) {
  const Result<Value> parsed = parse("-0");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value().type, Type::kUnsigned);
}

TEST(JsonParse, NumbersBeyond64BitsAreNoIntegers) {
  for (const char* text : {"18446744073709551616", "-9223372036854775809", "1e3", "1.0"}) {
    const Result<Value> parsed = parse(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(parsed.value().type, Type::kFloat) << text;
  }
}

struct Bad {
  std::string text, pointer, reason;
};

TEST(JsonParse, RefusesWithPointerAndReason) {
  const Bad table[] = {{"", "", "line 1, column 1"},
                       {"{", "", "line 1, column 2"},
                       {"{} x", "", "line 1, column 4"},
                       {"{}{}", "", "not valid JSON"},
                       {"[1,]", "/1", "not valid JSON"},
                       {"[1 2]", "/1", "not valid JSON"},
                       {R"({"a": 1,})", "", "not valid JSON"},
                       {"{\n \"a\": {\n  \"b\": tru }}", "/a/b", "line 3, column 11"},
                       {R"({"a": [0, {"b": 01}]})", "/a/1", "not valid JSON"},
                       {R"({'a': 1})", "", "not valid JSON"},
                       {"{a: 1}", "", "not valid JSON"},
                       {"// c\n1", "", "not valid JSON"},
                       {"NaN", "", "not valid JSON"},
                       {"1e999", "", "not valid JSON"},
                       {"\"a\nb\"", "", "not valid JSON"},
                       {"\"\\x\"", "", "not valid JSON"},
                       {"\"\xff\"", "", "UTF-8"},
                       {"\"\xc0\x80\"", "", "UTF-8"},
                       {"\"\xed\xa0\x80\"", "", "UTF-8"},
                       {"\"\xf4\x90\x80\x80\"", "", "UTF-8"},
                       {R"("\ud800")", "", "not valid JSON"},
                       {"\xEF\xBB\xBF{}", "", "byte order mark"},
                       {std::string("{}\0", 3), "", "NUL"},
                       {std::string("{}\0garbage", 10), "", "NUL"},
                       {R"({"a": ["x", "b\u0000c"]})", "/a/1", "NUL"},
                       {R"({"a": {"b\u0000": 1}})", "/a", "NUL"},
                       {R"({"a": 1, "b": 2, "a": 3})", "/a", "duplicate"},
                       {R"({"x/y": [{"~": 1, "~": 2}]})", "/x~1y/0/~0", "duplicate"},
                       {R"({"a": 1, "\u0061": 2})", "/a", "duplicate"},
                       {repeated("[", 65), repeated("/0", 64), "nested"},
                       {repeated("[", 200000), repeated("/0", 64), "nested"},
                       {repeated("{\"a\":", 200000), repeated("/a", 64), "nested"}};
  for (const Bad& bad : table) {
    SCOPED_TRACE(bad.text.substr(0, 80));
    const Result<Value> parsed = parse(bad.text);
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().kind(), Error::Kind::kConfig);
    EXPECT_EQ(parsed.error().subject(), bad.pointer);
    EXPECT_NE(parsed.error().to_string().find(bad.reason), std::string::npos) << parsed.error().to_string();
  }
}

TEST(JsonParse, DuplicatesAreFoundInLargeObjects) {
  std::string text = "{";
  for (int i = 0; i < 1000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  ASSERT_TRUE(parse(text + "\"k1000\":0}").ok());
  const Result<Value> parsed = parse(text + "\"k500\":0}");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().subject(), "/k500");
}

TEST(JsonParse, Limits) {
  EXPECT_TRUE(parse(repeated("[", 64) + repeated("]", 64)).ok());
  EXPECT_TRUE(parse("[1,2]", {.values = 3}).ok());
  const Result<Value> many = parse("[1,2,3]", {.values = 3});
  ASSERT_FALSE(many.ok());
  EXPECT_NE(many.error().to_string().find("more than 3 values"), std::string::npos);
  EXPECT_TRUE(parse("\"abc\"", {.size = 5}).ok());
  EXPECT_FALSE(parse("\"abcd\"", {.size = 5}).ok());
  EXPECT_FALSE(parse(std::string(4 * 1024 * 1024 + 1, ' ')).ok());
}

TEST(JsonPointer, EscapesAsRfc6901) {
  EXPECT_EQ(child_pointer("", "a/b"), "/a~1b");
  EXPECT_EQ(child_pointer("/x", "m~n"), "/x/m~0n");
  EXPECT_EQ(child_pointer("/x", ""), "/x/");
  EXPECT_EQ(child_pointer("/x", std::size_t{7}), "/x/7");
}

TEST(JsonWriter, OneLine) {
  Writer w;
  w.begin_object().key("a").string("x\"\n").key("b").begin_array().number(-1).number_unsigned(2).boolean(true).null();
  w.begin_object().end_object().end_array().key("c").begin_object().key("d").begin_array().end_array().end_object();
  w.end_object();
  EXPECT_EQ(std::move(w).take(), R"({"a":"x\"\n","b":[-1,2,true,null,{}],"c":{"d":[]}})");
}

TEST(JsonWriter, Indented) {
  Writer w(2);
  w.begin_object().key("a").begin_array().number(1).number(2).end_array().key("b").begin_object().end_object();
  w.end_object();
  EXPECT_EQ(std::move(w).take(), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
}

TEST(JsonWriter, WhatItWritesIsParsed) {
  Writer w(1);
  w.begin_array().string("\xff broken \x01 \u20ac").string("").end_array();
  const Result<Value> parsed = parse(std::move(w).take());
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value().array[0].string, "\uFFFD broken \x01 \u20ac");
}

}  // namespace
}  // namespace brig::json
