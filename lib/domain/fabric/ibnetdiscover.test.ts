import { expect, test } from "vitest";
import { isIbnetdiscover, readIbnetdiscover } from "#lib/domain/fabric/ibnetdiscover";

// In the form that rdma-core 50 prints, with the tabs and blanks of its source (ibnetdiscover.c).
const modern = `#
# Topology file: generated on Mon Sep  7 10:00:00 2026
#
# Initiated from node 0c42a10300a1b2c4 port 0c42a10300a1b2c4

vendid=0x2c9
devid=0xd2f2
sysimgguid=0xb8cef60300e5d2a0
switchguid=0xb8cef60300e5d2a0(b8cef60300e5d2a0)
Switch\t65 "S-b8cef60300e5d2a0"\t\t# "MF0;leaf-1:MQM9700/U1" enhanced port 0 lid 1 lmc 0
[1]\t"H-0c42a10300a1b2c4"[1](c42a10300a1b2c4) \t\t# "gpu-1 mlx5_0" lid 5 4xNDR
[2]\t"H-0c42a10300a1b2c8"[1](c42a10300a1b2c8) \t\t# "gpu-2 mlx5_0" lid 6 4xHDR
[33]\t"S-b8cef60300e5d2b0"[1]\t\t# "MF0;spine-1:MQM9700/U1" lid 2 4xNDR
[65]\t"H-b8cef60300e5d2a8"[1](b8cef60300e5d2a8) \t\t# "Mellanox Technologies Aggregation Node" lid 9 4xHDR

vendid=0x2c9
devid=0x1021
sysimgguid=0xc42a10300a1b2c4
caguid=0xc42a10300a1b2c4
Ca\t1 "H-0c42a10300a1b2c4"\t\t# "gpu-1 mlx5_0"
[1](c42a10300a1b2c4) \t"S-b8cef60300e5d2a0"[1]\t\t# lid 5 lmc 0 "MF0;leaf-1:MQM9700/U1" lid 1 4xNDR
`;

// The example of the tool's own manual: port GUIDs that are not those of the adapter, and two ports
// of one adapter.
const old = `   # Topology file: generated on Tue Jun  5 14:15:10 2007
   Switch  24 "S-005442ba00003080"         # "ISR9024 Voltaire" base port 0 lid 6 lmc 0
   [22]    "H-0008f10403961354"[1]         # "MT23108 InfiniHost Mellanox Technologies" lid 4
   [12]    "H-0008f10403960558"[1](8f10403960559)         # "MT23108 InfiniHost Mellanox Technologies" lid 10 4xSDR

   Ca      2 "H-0008f10403961354"          # "MT23108 InfiniHost Mellanox Technologies"
   [1](8f10403961355)     "S-005442ba00003080"[22]                # lid 4 lmc 1 "ISR9024 Voltaire" lid 6 4xSDR

   Ca      2 "H-0008f10403960558"          # "MT23108 InfiniHost Mellanox Technologies"
   [2](8f1040396055a)     "S-005442ba00003081"[8]         # lid 14 lmc 1 "ISR9024 Voltaire" lid 6 4xSDR
`;

test("ports, leaves and rates of a fabric, each link once", () => {
  expect(readIbnetdiscover(modern)).toEqual({
    generatedOn: "Mon Sep  7 10:00:00 2026",
    switches: 1,
    places: [
      {
        guid: "0c42a10300a1b2c4",
        nodeGuid: "0c42a10300a1b2c4",
        leaf: "leaf-1",
        leafPort: 1,
        rail: null,
        rateGbps: 400,
        description: "gpu-1 mlx5_0",
      },
      expect.objectContaining({ guid: "0c42a10300a1b2c8", leafPort: 2, rateGbps: 200 }),
    ],
  });
});

test("an old output tells port GUIDs at the adapter, and switches of one name by their GUID", () => {
  const { places } = readIbnetdiscover(old);
  expect(places.map((place) => [place.guid, place.leaf, place.leafPort, place.rateGbps])).toEqual([
    ["0008f10403961355", "ISR9024 Voltaire 005442ba00003080", 22, 10],
    ["0008f10403960559", "ISR9024 Voltaire 005442ba00003080", 12, 10],
    ["0008f1040396055a", "ISR9024 Voltaire 005442ba00003081", 8, 10],
  ]);
});

test("external ports of a chassis, line ends of Windows and a list that was cut", () => {
  const grouped = [
    'Switch\t36 "S-00066a000b000001"\t\t# "core/L101" base port 0 lid 3 lmc 0',
    '[20][ext 20]\t"H-0002c90300001234"[1](2c90300001235) \t\t# "host-1 HCA-1" lid 4 4xQDR',
    "[21][ext 2",
  ].join("\r\n");
  expect(readIbnetdiscover(grouped).places).toEqual([
    expect.objectContaining({ guid: "0002c90300001235", leaf: "core/L101", rateGbps: 40 }),
  ]);
});

test("what is no such output holds no port", () => {
  for (const text of ["", "guid,leaf\n1,2", 'Switch "S-', "[1] [2] [3]"]) {
    expect(isIbnetdiscover(text)).toBe(false);
    expect(readIbnetdiscover(text).places).toEqual([]);
  }
  expect(isIbnetdiscover(modern)).toBe(true);
  expect(isIbnetdiscover(old)).toBe(true);
});
