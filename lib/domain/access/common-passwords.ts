/** The usual disguises undone, in lower case: `P@ssw0rd` is `password`. */
export function undisguised(text: string): string {
  const plain: Record<string, string> = { "@": "a", "4": "a", "0": "o", "3": "e", $: "s" };
  return text.toLowerCase().replace(/[@403$]/g, (char) => plain[char] ?? char);
}

/**
 * The first guesses of an attacker that are long enough for us, or become so by the usual ending
 * (`welcome2026!`). Shorter ones are refused by their length alone.
 */
export const commonPasswords: ReadonlySet<string> = new Set(
  `
  password passwordpassword passphrase mypassword mypasswordis yourpassword thisisapassword
  thisismypassword secretpassword supersecretpassword testpassword temppassword temporarypassword
  defaultpassword adminpassword rootpassword nvidiapassword ingotpassword forgotpassword
  administrator administratoradministrator adminadminadmin rootrootroot useruseruser
  guestguestguest testtesttest secretsecret supersecret opensesame
  letmein letmeinletmein letmeinplease welcome welcomewelcome welcomehome welcomeback
  changeme changemechangeme changemeplease changemenow
  qwerty qwertyuiop qwertyuiopasdf qwertyuiopqwertyuiop qwertyqwerty qwertyqwertyqwerty qwertyasdfgh
  qwertyasdfzxcv qwerty123456 qwe123qwe123 asdfghjkl asdfghjklasdf asdfasdfasdf zxcvbnm
  zxcvbnmzxcvbnm aqswdefrgthy
  1qaz2wsx 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw23edc q1w2e3r4t5y6 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y
  1q2w3e4r5t6y7u8i 1234qwerasdf 123qweasdzxc qweasdzxc123
  112233445566 123123123123 123456123456 123456654321 987654321987 password1234 abc123abc123
  abcabcabcabc abcd1234abcd onetwothreefour
  iloveyou iloveyouiloveyou iloveyouforever iloveyousomuch ihateyou trustnoone trustno1
  monkey monkeymonkey dragon dragondragon superman supermansuperman batmanbatman princess
  princessprincess sunshine sunshinesunshine football footballfootball baseball baseballbaseball
  whatever whateverwhatever computer computercomputer internet internetinternet starwars
  starwarsstarwars pokemon pokemonpokemon michael michaelmichael jordanjordan liverpool liverpoolfc
  manchester manchesterunited
  kubernetes supermicro calvin calvincalvin nvidia nvidianvidia ingotingotingot
  nothingtosee idontknow idontremember ihavenoidea mothermother correcthorsebatterystaple
  `
    .trim()
    .split(/\s+/)
    .map(undisguised),
);
