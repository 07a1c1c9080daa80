const paths = new WeakMap<File, string>()

/** Where a file lies, as far as the browser tells: at least its name. */
export function pathOf(file: File): string {
  return paths.get(file) ?? (file.webkitRelativePath || file.name)
}

/** The files of a drop, those in folders too. What is hidden is nobody's recording. */
export async function filesOf(transfer: DataTransfer): Promise<File[]> {
  // Before the first wait: a browser takes the items away once the event is over.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null)
  const plain = [...transfer.files]
  const found = await Promise.all(entries.map((entry, at) => (entry?.isDirectory ? inside(entry as FileSystemDirectoryEntry) : [plain[at]!])))
  return found.flat().filter((file) => file && !file.name.startsWith("."))
}

async function inside(folder: FileSystemDirectoryEntry): Promise<File[]> {
  const reader = folder.createReader()
  const files: File[] = []
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed)) // a hundred at a time
    if (!entries.length) return files
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue
      if (entry.isDirectory) files.push(...(await inside(entry as FileSystemDirectoryEntry)))
      else {
        const file = await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed))
        paths.set(file, entry.fullPath)
        files.push(file)
      }
    }
  }
}
