/** Owns how the certificate of a service is read from its settings, at the start and again. Does not own what is done with it. */
import { certificateFault, type Certificate, type Tls } from './certificate.js';
import { type Environment, type ReadFile, type Row, SettingsReader } from './settings-reader.js';

type Rows = readonly [cert: Row<string>, key: Row<string>];

/** Undefined when neither is given; what is wrong is noted with the reader. */
export function readTls(
  reader: SettingsReader,
  rows: Rows,
  environment: Environment,
  readFile: ReadFile,
): Tls | undefined {
  const certificate = readPair(reader, rows);
  if (certificate === undefined) return undefined;
  const reread = (): Certificate => {
    const again = new SettingsReader(environment, readFile);
    const found = readPair(again, rows);
    again.refuseFaults();
    return found ?? certificate;
  };
  return { ...certificate, reread };
}

function readPair(reader: SettingsReader, [certRow, keyRow]: Rows): Certificate | undefined {
  const pair = reader.pair(certRow, keyRow);
  if (pair === undefined) return undefined;
  const certificate = { cert: pair[0], key: pair[1] };
  const fault = certificateFault(certificate);
  if (fault !== undefined) reader.fault(`${certRow.name} and ${keyRow.name} cannot be used together: ${fault}`);
  return certificate;
}
