/**
 * Drafts once more, in IndexedDB: a browser that is killed loses what localStorage took in its last seconds, since that
 * is written in batches. Where there is no IndexedDB, nothing is kept here, and localStorage alone holds the drafts.
 */
const NAME = "callcoach.drafts"
const STORE = "drafts"

let opened: Promise<IDBDatabase> | null = null

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1)
    asked.onupgradeneeded = () => void asked.result.createObjectStore(STORE)
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error ?? new Error("IndexedDB"))
  })
  return opened
}

/** `text`: null: forget it. */
export async function note(key: string, text: string | null): Promise<void> {
  try {
    const store = (await open()).transaction(STORE, "readwrite", { durability: "relaxed" }).objectStore(STORE)
    if (text === null) store.delete(key)
    else store.put(text, key)
  } catch {
    // localStorage has it
  }
}

/** All that was noted, by key; nothing where the browser keeps none. */
export async function noted(): Promise<Map<string, string>> {
  try {
    const store = (await open()).transaction(STORE).objectStore(STORE)
    const [keys, texts] = await Promise.all([all(store.getAllKeys()), all(store.getAll())])
    return new Map(keys.map((key, at) => [String(key), String(texts[at])]))
  } catch {
    return new Map()
  }
}

function all<T>(asked: IDBRequest<T[]>): Promise<T[]> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error ?? new Error("IndexedDB"))
  })
}
