// Rows as COPY reads them in its binary format: postgresql.org/docs/18/sql-copy.html, "Binary Format".

/** What it begins with: eleven bytes by which it is known, no flags, no extension. */
const header = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
const trailerBytes = 2;
/** The length that stands before each value; -1 says that there is none. */
const lengthBytes = 4;
const none = -1;
/** Postgres' day nought. */
const epochMs = Date.UTC(2000, 0, 1);

type Write = { bytes: number; write: (into: DataView, at: number, value: number) => void };

/** A number of 53 bits as one of 64. */
function writeInt64(into: DataView, at: number, value: number): void {
  const high = Math.floor(value / 2 ** 32);
  into.setInt32(at, high);
  into.setUint32(at + 4, value - high * 2 ** 32);
}

const writes: Record<string, Write> = {
  smallint: { bytes: 2, write: (into, at, value) => into.setInt16(at, value) },
  integer: { bytes: 4, write: (into, at, value) => into.setInt32(at, value) },
  bigint: { bytes: 8, write: writeInt64 },
  real: { bytes: 4, write: (into, at, value) => into.setFloat32(at, value) },
  "double precision": { bytes: 8, write: (into, at, value) => into.setFloat64(at, value) },
};

function writeOf(type: string): Write {
  const found = writes[type];
  if (!found) throw new Error(`no number of the type ${type} can be written`);
  return found;
}

/**
 * Makes the maker of rows of a key (text of ASCII), a moment and numbers of these types. It takes how many
 * rows there are and gives a function to add each, null being no value, and one that gives what was added.
 */
export function binaryRows(types: readonly string[]) {
  const numbers = types.map(writeOf);
  const numberBytes = numbers.reduce((sum, { bytes }) => sum + lengthBytes + bytes, 0);

  return (rows: number, keyLength: number) => {
    const rowBytes = 2 + lengthBytes + keyLength + lengthBytes + 8 + numberBytes;
    const bytes = Buffer.allocUnsafe(header.length + rows * rowBytes + trailerBytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = header.copy(bytes);
    return {
      add(key: string, moment: Date, values: readonly (number | null | undefined)[]): void {
        view.setInt16(at, 2 + numbers.length);
        view.setInt32(at + 2, key.length);
        at += 2 + lengthBytes;
        at += bytes.write(key, at, "latin1");
        view.setInt32(at, 8);
        writeInt64(view, at + lengthBytes, (moment.getTime() - epochMs) * 1_000);
        at += lengthBytes + 8;
        for (let index = 0; index < numbers.length; index++) {
          const number = numbers[index] as Write;
          const value = values[index];
          if (value == null) {
            view.setInt32(at, none);
            at += lengthBytes;
            continue;
          }
          view.setInt32(at, number.bytes);
          number.write(view, at + lengthBytes, value);
          at += lengthBytes + number.bytes;
        }
      },

      /** All of them, and that there are no more. */
      end(): Buffer {
        view.setInt16(at, none);
        return bytes.subarray(0, at + trailerBytes);
      },
    };
  };
}
