import vue from "eslint-plugin-vue"
import ts from "typescript-eslint"

export default ts.config(
  { ignores: ["dist/", "layers.config.cjs", "src/api/events.ts", "src/api/socket.ts", "src/api/audio.ts"] },
  ...ts.configs.strict,
  ...vue.configs["flat/essential"],
  {
    files: ["**/*.vue"],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    files: ["src/**/*.ts", "src/**/*.vue"],
    rules: {
      "max-lines": ["error", 400],
      complexity: ["error", 30],
      "@typescript-eslint/no-invalid-void-type": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
)
