/** An existing test, by its title as it stands in its file. */
type Proof = { file: string; test: string };

/** A requirement of OWASP ASVS 5.0.0 that applies here, in words of our own. */
type Requirement = {
  number: string;
  level: 1 | 2 | 3;
  asks: string;
  /** Each of them fails where the requirement is not met. */
  proofs: readonly Proof[];
  /** Where no test tells: why not. */
  why?: string;
};

const of =
  (file: string) =>
  (test: string): Proof => ({ file, test });

const access = of("e2e/access.spec.ts");
const accounts = of("lib/commands/accounts.integration.test.ts");
const acts = of("e2e/actions.spec.ts");
const addresses = of("e2e/addresses.spec.ts");
const allowList = of("lib/drivers/redfish/allow-list.test.ts");
const answers = of("lib/api/answers.integration.test.ts");
const apiDoor = of("lib/api/door.integration.test.ts");
const auditChain = of("lib/views/audit-chain.integration.test.ts");
const auditLog = of("lib/views/audit-log.integration.test.ts");
const boot = of("lib/boot/server.test.ts");
const bootScript = of("lib/domain/boot/ipxe-script.test.ts");
const bootStore = of("lib/boot/postgres-store.integration.test.ts");
const callers = of("lib/launch/callers.test.ts");
const certificate = of("lib/drivers/redfish/certificate.test.ts");
const cloudConfig = of("lib/domain/boot/cloud-config.test.ts");
const contentPolicy = of("app/content-policy.test.ts");
const doors = of("e2e/doors.spec.ts");
const engine = of("lib/worker/engine.integration.test.ts");
const entries = of("app/doors.test.ts");
const environment = of("lib/config/env.test.ts");
const factors = of("lib/commands/second-factor.integration.test.ts");
const faults = of("e2e/faults.spec.ts");
const holds = of("lib/commands/holds.integration.test.ts");
const identity = of("e2e/identity.spec.ts");
const inputs = of("lib/schemas/hostile-input.test.ts");
const isolation = of("db/isolation.integration.test.ts");
const keptSecret = of("lib/access/kept-secret.test.ts");
const launches = of("lib/commands/launch-environment.integration.test.ts");
const log = of("lib/config/log.test.ts");
const metrics = of("lib/metrics/metrics.test.ts");
const network = of("lib/drivers/http-network/open-http-network.test.ts");
const networkAddress = of("lib/domain/network-address.test.ts");
const origins = of("e2e/origins.spec.ts");
const pace = of("lib/access/keep-pace.integration.test.ts");
const password = of("lib/access/password.test.ts");
const policy = of("lib/access/policy.test.ts");
const providerSignIns = of("lib/commands/sign-in-with-provider.integration.test.ts");
const scrape = of("lib/drivers/dcgm/scrape.test.ts");
const scraper = of("lib/worker/scrapers/gpu-scraper.test.ts");
const sealed = of("lib/access/sealed.test.ts");
const signIns = of("lib/commands/sign-in.integration.test.ts");
const source = of("lib/source.test.ts");
const start = of("lib/launch/start.integration.test.ts");
const versions = of("lib/launch/versions.test.ts");
const webhook = of("lib/drivers/http-provider/call-webhook.test.ts");

const everyDoor = doors(
  "every door of the build opens to whom it should, and nobody finds a secret behind it",
);
const fromElsewhere = of("e2e/elsewhere.spec.ts")(
  "a link of another site finds its person signed in, and whatever else comes from there is nobody's",
);
const withTls = addresses("where people come with TLS, browsers are told never to come without");
const byProvider = identity(
  "a company's provider lets its people in, gives them roles by group, and fails in clear words",
);
const bySubject = providerSignIns(
  "an account is made for a group that has a role, found again by its subject alone, never by address",
);
const reachesElsewhere = isolation(
  "a tenant reads, changes, removes and adds no row of another, in any table",
);
const readsNoCredential = isolation(
  "the portal reads no credential of a controller, a network driver or a provider, nor the secret of a webhook, an input or a DHCP server, not even for an operator",
);
const withToken = apiDoor(
  "the token that was used, and where from, is in the audit log; so is one that is worth nothing",
);
const cutInTheMiddle = holds(
  "a connection that is cut in the middle of a hold or a launch leaves things as they were",
);
const oneOfMany = launches("racing launches of many tenants take every free node, each once");
const withinQuota = launches("racing launches of one tenant take exactly what its quota holds");
const wrongInput = acts("whatever an action is given in place of its input, it refuses in words");
const foreignPage = origins("every action refuses a page that is not ours, whoever is signed in");
const oneAddress = callers("a server sees one address, whatever its caller writes");
const endedSession = signIns("an ended session is refused at its next request");
const passwordAlone = factors(
  "the password alone opens nothing, and of two sign-ins with one code at the same moment one wins",
);
const outsideNetworks = scrape("an address outside the given networks is never contacted");

export const requirements: readonly Requirement[] = [
  {
    number: "1.2.4",
    level: 1,
    asks: "What is asked of the database takes values as parameters.",
    proofs: [
      source("a text is made part of a query only where it is our own"),
      access("hostile names are shown as they are, and do nothing"),
    ],
  },
  {
    number: "1.2.5",
    level: 1,
    asks: "No text of others becomes a command of the system.",
    proofs: [
      source("a program is given its arguments one by one, and no line for a shell"),
      cloudConfig("packages and commands of the template come as lists, never as shell text"),
      bootScript(
        "no argument ever becomes another command or another argument (20,000 hostile texts)",
      ),
    ],
  },
  {
    number: "1.3.6",
    level: 2,
    asks: "An address that somebody enters leads only where it may.",
    proofs: [
      networkAddress("what is not plainly an address is refused"),
      networkAddress("%s is not opened even by opening everything"),
      allowList("%s is not, by any of its addresses"),
    ],
  },
  {
    number: "1.3.7",
    level: 2,
    asks: "No template is made of what somebody enters.",
    proofs: [cloudConfig("no text escapes its place in the configuration (20,000 hostile texts)")],
  },
  {
    number: "1.5.2",
    level: 2,
    asks: "What arrives is read into known shapes only.",
    proofs: [inputs("%s answers whatever it is given"), wrongInput],
  },
  {
    number: "2.1.3",
    level: 2,
    asks: "The limits of what may be done are written down.",
    proofs: [
      of("app/docs/guides.test.ts")("how much there may be in a minute is told as it is kept"),
    ],
  },
  {
    number: "2.2.1",
    level: 1,
    asks: "Input is held to what is expected of it.",
    proofs: [inputs("%s takes what it should, and lets nothing through that cannot be stored")],
  },
  {
    number: "2.2.2",
    level: 1,
    asks: "Input is judged by the server, whatever a page has judged.",
    proofs: [
      wrongInput,
      of("lib/api/hostile-bodies.integration.test.ts")("%s answers whatever is in its body"),
    ],
  },
  {
    number: "2.3.1",
    level: 1,
    asks: "Steps are taken in their order, and none is left out.",
    proofs: [
      of("lib/domain/environment/state.test.ts")("the lifecycle, every state by every event"),
      factors("a sign-in that waits is used once, by its own person, and not after five minutes"),
    ],
  },
  {
    number: "2.3.2",
    level: 2,
    asks: "The limits that are written down are kept.",
    proofs: [
      of("lib/domain/quota/quota.test.ts")(
        "whatever is asked in whatever order, what is admitted never passes a limit",
      ),
      withinQuota,
    ],
  },
  {
    number: "2.3.3",
    level: 2,
    asks: "An act happens as a whole or not at all.",
    proofs: [
      cutInTheMiddle,
      launches("racing launches of several nodes each hold all of theirs or none"),
    ],
  },
  {
    number: "2.3.4",
    level: 2,
    asks: "What there is little of is given to one only.",
    proofs: [oneOfMany, withinQuota],
  },
  {
    number: "2.4.1",
    level: 2,
    asks: "A program cannot ask for all there is, or without end.",
    proofs: [
      pace("of a hundred changes at once sixty are let through, and after a minute sixty more"),
      pace("of eight launches at once five are made, and what is no launch takes none of them"),
    ],
  },
  {
    number: "3.3.1",
    level: 1,
    asks: "Cookies are Secure and bound to this very host.",
    proofs: [withTls],
  },
  {
    number: "3.3.2",
    level: 2,
    asks: "Cookies say which sites they come along from.",
    proofs: [withTls, fromElsewhere],
  },
  {
    number: "3.3.4",
    level: 2,
    asks: "Scripts of a page read no cookie of a session.",
    proofs: [withTls, fromElsewhere],
  },
  {
    number: "3.4.1",
    level: 1,
    asks: "Browsers are told for a year or more to come with TLS.",
    proofs: [withTls],
  },
  {
    number: "3.4.3",
    level: 2,
    asks: "A content policy lets run what is ours alone.",
    proofs: [everyDoor, contentPolicy("of %s the content policy allows nothing")],
  },
  {
    number: "3.4.4",
    level: 2,
    asks: "Browsers take an answer for the type that it says.",
    proofs: [everyDoor],
  },
  {
    number: "3.4.5",
    level: 2,
    asks: "Other sites learn nothing from the address that one came from.",
    proofs: [everyDoor],
  },
  {
    number: "3.4.6",
    level: 2,
    asks: "No other page frames ours.",
    proofs: [contentPolicy("of %s the content policy allows nothing"), everyDoor],
  },
  {
    number: "3.5.1",
    level: 1,
    asks: "What another site asks for is not done.",
    proofs: [
      foreignPage,
      origins(
        "an act that a page of another site asks for does not happen, and happens for a page of ours",
      ),
    ],
  },
  {
    number: "3.5.3",
    level: 1,
    asks: "A GET changes nothing.",
    proofs: [
      entries("%s answers a GET, and runs no command"),
      of("lib/api/openapi.test.ts")(
        "every permission is one of the place where it is asked, and can be given to a token",
      ),
    ],
  },
  {
    number: "4.1.3",
    level: 2,
    asks: "Headers that a proxy sets cannot be set by callers.",
    proofs: [oneAddress, foreignPage],
  },
  {
    number: "4.2.1",
    level: 2,
    asks: "Where a request ends can be read in one way only.",
    proofs: [
      boot(
        "a request whose end can be read in two ways is refused, and what follows it is not read",
      ),
      of("e2e/torn-requests.spec.ts")(
        "the portal refuses a request whose end can be read in two ways, and does nothing of what follows it",
      ),
    ],
  },
  {
    number: "5.2.1",
    level: 1,
    asks: "What is sent to us has a greatest size.",
    proofs: [
      origins("a body that no form of ours is as long as is not read to its end"),
      boot("bodies over their limit are refused, announced or not"),
      apiDoor("what cannot be read is refused in words, and never breaks the door"),
    ],
  },
  {
    number: "6.2.1",
    level: 1,
    asks: "A password has a least length.",
    proofs: [password("%s is refused in words")],
  },
  {
    number: "6.2.4",
    level: 1,
    asks: "A password is none that everybody tries.",
    proofs: [
      password("every password of the list is refused, and what is but near one of them is not"),
      password("%s is refused in words"),
    ],
  },
  {
    number: "6.3.1",
    level: 1,
    asks: "Guesses are slowed down.",
    proofs: [
      signIns("a hundred tries at the same moment are counted one by one"),
      signIns(
        "an address that tries many accounts must wait too, and one's own account does not help it",
      ),
    ],
  },
  {
    number: "6.3.3",
    level: 2,
    asks: "There is more to show than a password.",
    proofs: [
      factors(
        "where operators or members must have a second factor, who has none does nothing but set one up",
      ),
      passwordAlone,
    ],
  },
  {
    number: "6.4.3",
    level: 2,
    asks: "A new password for a lost one leaves the second factor in place.",
    proofs: [
      factors(
        "whoever is given a new password is still asked for their app, and has their recovery codes",
      ),
      of("lib/commands/passkey.integration.test.ts")(
        "whoever is given a new password is still asked for their passkey",
      ),
    ],
  },
  {
    number: "6.5.1",
    level: 2,
    asks: "A code counts once.",
    proofs: [passwordAlone, factors("a recovery code lets its own person in once")],
  },
  {
    number: "6.8.1",
    level: 2,
    asks: "No provider speaks for people of another.",
    proofs: [
      bySubject,
      identity(
        "two providers know two people by the same name, and each is only who they are there",
      ),
    ],
  },
  {
    number: "7.2.1",
    level: 1,
    asks: "Whether a session holds is looked up by the server.",
    proofs: [endedSession, signIns("the right password opens a session that is the person's own")],
  },
  {
    number: "7.2.4",
    level: 1,
    asks: "Whoever signs in or proves themselves has a new session, and the old one ends.",
    proofs: [
      signIns("signing in again ends the session the browser came with"),
      factors(
        "an old proof is asked for again: the password, or a code where there is a second factor",
      ),
      of("lib/commands/invitations.integration.test.ts")(
        "the session of whoever accepts goes on under another id, and proves no more than before",
      ),
    ],
  },
  {
    number: "7.3.1",
    level: 2,
    asks: "A session that is left alone ends.",
    proofs: [signIns("the session of a %s ends when left alone")],
  },
  {
    number: "7.3.2",
    level: 2,
    asks: "A session ends at some time, however busy.",
    proofs: [signIns("the session of a %s ends however busy it is")],
  },
  {
    number: "7.4.1",
    level: 1,
    asks: "A session that has ended opens nothing.",
    proofs: [
      endedSession,
      acts("whoever's session was revoked is led to the sign-in page by every act"),
    ],
  },
  {
    number: "7.4.2",
    level: 1,
    asks: "An account that is closed has no session left.",
    proofs: [
      accounts(
        "a closed account is shut at the next request, lets nobody in, and comes back without what was open",
      ),
    ],
  },
  {
    number: "7.4.3",
    level: 2,
    asks: "With another way to sign in all other sessions can be ended.",
    proofs: [
      signIns("a new password ends every other session and replaces the one-time mark"),
      factors(
        "an app counts once its code has confirmed it; then every other session ends, and this one has another id",
      ),
      signIns("signing out everywhere ends every session"),
    ],
  },
  {
    number: "7.5.1",
    level: 2,
    asks: "What changes how one signs in asks for a fresh proof.",
    proofs: [
      acts("an owner whose proof is old is asked for a new one before whatever gives access"),
      policy("what is used with a fresh proof only, and no scope of a token is among it"),
    ],
  },
  {
    number: "8.1.1",
    level: 1,
    asks: "Who may do what is written down.",
    proofs: [
      policy("what operators may do"),
      policy("what members may do in a tenant"),
      policy("what members may do in a project"),
    ],
  },
  {
    number: "8.2.1",
    level: 1,
    asks: "An act is open to those alone who may do it.",
    proofs: [
      acts(
        "every act is refused to whom its permission says, and nothing is said of the input before",
      ),
      apiDoor("no door of the document is without a lock, whoever knocks"),
    ],
  },
  {
    number: "8.2.2",
    level: 1,
    asks: "A thing is open to those alone whose it is.",
    proofs: [
      of("lib/api/foreign-ids.integration.test.ts")("%s finds nothing that is elsewhere"),
      of("lib/api/foreign-replay.integration.test.ts")(
        "%s does nothing with what is another tenant's",
      ),
      reachesElsewhere,
    ],
  },
  {
    number: "8.2.3",
    level: 2,
    asks: "Of a thing each is told the parts that are theirs to read.",
    proofs: [
      readsNoCredential,
      of("lib/worker/workflows/inventory-steps.integration.test.ts")(
        "a tenant reads nothing of a node's inside, and an operator does",
      ),
    ],
  },
  {
    number: "8.3.1",
    level: 1,
    asks: "Who may is judged by the server, where the data is read.",
    proofs: [entries("%s asks for a grant"), entries("%s exports nothing but framed actions")],
  },
  {
    number: "8.4.1",
    level: 2,
    asks: "Tenants are kept apart.",
    proofs: [
      isolation("every table of a tenant is under forced row-level security with a policy"),
      reachesElsewhere,
    ],
  },
  {
    number: "9.2.3",
    level: 2,
    asks: "A token that is meant for another program is none here.",
    proofs: [byProvider],
  },
  {
    number: "10.2.1",
    level: 2,
    asks: "Nobody is signed in by a code that they did not ask for.",
    proofs: [byProvider],
  },
  {
    number: "10.2.2",
    level: 2,
    asks: "The answer of one provider is not taken for another's.",
    proofs: [bySubject, byProvider],
  },
  {
    number: "10.5.1",
    level: 2,
    asks: "What a provider says of a sign-in counts for that one only.",
    proofs: [byProvider],
  },
  {
    number: "10.5.2",
    level: 2,
    asks: "Who somebody is follows from what the provider never gives anew.",
    proofs: [
      of("lib/domain/access/claims.test.ts")(
        "who someone is follows from issuer and subject, and without both from nothing",
      ),
      bySubject,
    ],
  },
  {
    number: "11.3.2",
    level: 1,
    asks: "Secrets are sealed by a cipher that is approved and shows changes.",
    proofs: [
      sealed("another key, another row, or one changed character does not open it"),
      keptSecret("what was kept opens with its key, in its place, unchanged"),
      keptSecret(
        "a long secret with a comma in it still opens what it sealed before there were rings",
      ),
    ],
  },
  {
    number: "11.4.2",
    level: 2,
    asks: "Passwords are kept as hashes that are slow to guess.",
    proofs: [password("a password is told from every other, and its hash from every other hash")],
  },
  {
    number: "11.5.1",
    level: 2,
    asks: "What must not be guessed is random enough.",
    proofs: [source("nothing that must not be guessed is drawn by Math.random")],
  },
  {
    number: "12.1.1",
    level: 1,
    asks: "People come with TLS 1.2 or later.",
    proofs: [],
    why: "Their TLS ends in the proxy before the portal, which is the operator's own.",
  },
  {
    number: "12.3.2",
    level: 2,
    asks: "Nothing is sent before the certificate of who takes it is known to be right.",
    proofs: [
      certificate("an impostor gets no byte"),
      network("nothing is sent to one that shows another certificate"),
    ],
  },
  {
    number: "12.3.3",
    level: 2,
    asks: "Servers talk to each other over TLS, or on one machine.",
    proofs: [
      of("lib/domain/hook/hook.test.ts")(
        "a provider's address is an https address and nothing else of a URL",
      ),
      of("lib/worker/notifications/mail.integration.test.ts")(
        "a password is sent over TLS or not at all",
      ),
      of("db/embedded.integration.test.ts")(
        "only its own machine reaches the server, with a password that only its account reads",
      ),
    ],
  },
  {
    number: "13.2.2",
    level: 2,
    asks: "Each service has the account that it needs in the database, and no more.",
    proofs: [
      of("db/service-login.integration.test.ts")(
        "each service signs in as its own role, and the owner is out of its reach",
      ),
      start("no service is given the owner of the tables"),
      isolation("the portal's roles can switch no policy off: they own nothing and bypass nothing"),
    ],
  },
  {
    number: "13.2.4",
    level: 2,
    asks: "Services talk to the places that they are allowed.",
    proofs: [
      outsideNetworks,
      webhook("a webhook in a network that is not allowed is sent nothing"),
    ],
  },
  {
    number: "13.2.5",
    level: 2,
    asks: "Which places those are is set up, not asked for.",
    proofs: [
      allowList("%s is not, by any of its addresses"),
      network("nothing is sent outside the networks that controllers are in"),
    ],
  },
  {
    number: "13.3.1",
    level: 2,
    asks: "Secrets are kept sealed, and are in no source and no build.",
    proofs: [everyDoor, of("lib/launch/secrets.test.ts")("nobody but the owner reads them")],
  },
  {
    number: "13.3.2",
    level: 2,
    asks: "A secret is open to the service that uses it.",
    proofs: [
      environment(
        "only the worker is given the keys that open controllers' credentials and seal the audit log",
      ),
      start(
        "the boot server does not have the key that opens controllers' credentials in its environment",
      ),
      readsNoCredential,
    ],
  },
  {
    number: "13.4.2",
    level: 2,
    asks: "What runs is no build for developers.",
    proofs: [everyDoor],
  },
  {
    number: "13.4.5",
    level: 2,
    asks: "Pages for monitoring are shut to strangers.",
    proofs: [
      metrics("the door asks for the token, and answers one page by GET"),
      environment(
        "metrics are off until a port is set, and open to this machine alone until a token is",
      ),
      access("a load balancer learns whether the portal is up, and nothing else"),
    ],
  },
  {
    number: "14.2.1",
    level: 1,
    asks: "No secret stands in an address, but for those that are used once.",
    proofs: [boot("no log line holds a token that was used"), everyDoor],
  },
  {
    number: "14.2.2",
    level: 2,
    asks: "Nothing on the way keeps what is a tenant's.",
    proofs: [everyDoor],
  },
  {
    number: "14.3.2",
    level: 2,
    asks: "Browsers keep nothing of what is a tenant's.",
    proofs: [everyDoor],
  },
  {
    number: "15.1.1",
    level: 1,
    asks: "How soon a package with a known hole is replaced is written down.",
    proofs: [],
    why: "How soon people act is their promise and nothing of the program's.",
  },
  {
    number: "15.2.1",
    level: 1,
    asks: "No package is older than its last known hole.",
    proofs: [
      versions("%s is %s or later, as it is installed"),
      versions("every dependency is one exact version"),
    ],
  },
  {
    number: "15.2.2",
    level: 2,
    asks: "What costs much has a bound.",
    proofs: [
      scrape("an endless answer is dropped when it passes the cap"),
      scraper("of 1,000 nodes a fifth is broken, and the others are still asked on time"),
      of("lib/api/events.integration.test.ts")(
        "a token has so many streams at once, and is told when it wants more",
      ),
    ],
  },
  {
    number: "15.2.3",
    level: 2,
    asks: "Nothing of the tests is in what runs.",
    proofs: [
      of("e2e/import-rules.test.ts")("the house keeps every rule, and every file of it was read"),
    ],
  },
  {
    number: "15.3.1",
    level: 1,
    asks: "An answer holds what was asked for, and no more of the row.",
    proofs: [
      answers("the description of an answer leaves open only what others have written"),
      answers("%s answers with nothing that is not described"),
      everyDoor,
      access("the names of people are in nobody else's pages"),
    ],
  },
  {
    number: "15.3.3",
    level: 2,
    asks: "What an act does not take cannot be set by sending it along.",
    proofs: [inputs("%s refuses what it does not know")],
  },
  {
    number: "15.3.4",
    level: 2,
    asks: "Where a caller comes from is known behind a proxy, too.",
    proofs: [
      oneAddress,
      addresses(
        "behind one proxy the last entry counts, and what stands before it was the caller's",
      ),
    ],
  },
  {
    number: "15.4.2",
    level: 3,
    asks: "Nothing comes between a look and the act that follows from it.",
    proofs: [
      oneOfMany,
      holds("of those who reach for the last node at once, with a hold or a launch, one has it"),
    ],
  },
  {
    number: "16.2.1",
    level: 2,
    asks: "The log says when, where from, who and what.",
    proofs: [
      withToken,
      auditLog(
        "an act in a browser says of which session it was, in the log and in both of its files",
      ),
      log("an event is one line of JSON: who, when, a constant message, its values as fields"),
    ],
  },
  {
    number: "16.2.5",
    level: 2,
    asks: "No secret is in the log.",
    proofs: [
      log("what could be a secret is never written, nor one level down"),
      of("lib/drivers/redfish/transport.test.ts")(
        "tells method, path, status and time, and no secret",
      ),
      everyDoor,
    ],
  },
  {
    number: "16.3.1",
    level: 2,
    asks: "Every sign-in is in the log, also one that was refused.",
    proofs: [
      signIns("the audit log says which session a sign-in has opened"),
      signIns("a refused sign-in is in the audit log"),
      factors("wrong codes wait, and the right password in between takes nothing back"),
    ],
  },
  {
    number: "16.3.2",
    level: 2,
    asks: "What somebody was not allowed is in the log.",
    proofs: [
      withToken,
      addresses("without a proxy everyone comes from where they connect, whatever they say"),
    ],
  },
  {
    number: "16.3.3",
    level: 2,
    asks: "Whoever tries to get past a guard is in the log.",
    proofs: [
      faults(
        "whoever tries to get past a guard is written down: who, from where, and what they tried",
      ),
      pace("whoever asks too often is written down once in that minute: who, from where, and how"),
      boot("a node that keeps presenting void tokens is noticed"),
      bootStore("void tokens are counted by window, and five of them are in the operation's log"),
      withToken,
    ],
  },
  {
    number: "16.4.1",
    level: 2,
    asks: "Nobody writes a line of the log by what they enter.",
    proofs: [
      log("a line break in a value begins no line of the log"),
      auditLog("the whole log is had as lines, and no spreadsheet runs what is in it"),
    ],
  },
  {
    number: "16.4.2",
    level: 2,
    asks: "The log is changed by nobody.",
    proofs: [
      isolation("an audit event is never changed or removed, by nobody"),
      auditChain(
        "of hundreds of changes, removals, moves and additions each is found, however it is covered up",
      ),
    ],
  },
  {
    number: "16.5.1",
    level: 2,
    asks: "A fault of ours tells nothing of our inside.",
    proofs: [
      faults(
        "a fault of ours tells its caller a number and nothing of our inside, and the log has all of it under that number",
      ),
      faults("a stream whose events cannot be read says nothing of why, and goes on when they can"),
      boot("without its store the server says so and gives nothing away"),
      metrics("a page that cannot be made is 503, and says nothing of why"),
    ],
  },
  {
    number: "16.5.2",
    level: 2,
    asks: "What we depend on may be away.",
    proofs: [
      engine("a controller that is away is waited for; one that refuses ends the operation"),
      scraper("while the database is away samples are held, and stored in order when it is back"),
      of("e2e/lab/database-restart.integration.test.ts")(
        "the database crashes twice under six launches, and all six become ready",
      ),
    ],
  },
  {
    number: "16.5.3",
    level: 2,
    asks: "A fault leaves doors shut, and nothing half done.",
    proofs: [
      isolation("with nothing said, the portal sees no tenant's rows at all"),
      engine("giving up takes back what was begun, last first, and says why"),
      cutInTheMiddle,
    ],
  },
];
