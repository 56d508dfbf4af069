import type { TemplateInput } from "#lib/domain/template/inputs";
import {
  type NodeGroupRole,
  noNetwork,
  type TemplateBootConfig,
  type TemplateNetwork,
} from "#lib/domain/template/template";

/** Where a new template may begin: all of it but the profiles, which are the platform team's. */
export type Starter = {
  id: string;
  title: string;
  description: string;
  /** Markdown, for tenants. */
  readme: string;
  groups: {
    name: string;
    role: NodeGroupRole;
    minCount: number;
    defaultCount: number;
    maxCount: number;
  }[];
  network: TemplateNetwork;
  bootConfig: TemplateBootConfig;
  inputs: TemplateInput[];
};

/** An input of which only what is said is special. */
function input(
  special: Pick<TemplateInput, "name" | "label"> & Partial<TemplateInput>,
): TemplateInput {
  const plain = { help: "", section: "", type: "string", required: false, default: null } as const;
  const free = { pattern: null, min: null, max: null, showIf: null, override: "allowed" } as const;
  return { ...plain, ...free, options: [], allowed: [], ...special };
}

const share = input({
  name: "share",
  label: "Shared directory",
  help: "An NFS export such as storage.example.org:/datasets; it is mounted at /data on every node.",
  section: "Data",
  pattern: "[A-Za-z0-9.-]+:/[A-Za-z0-9._/-]*",
});
/** Mounted now and at each boot; without the input nothing is. */
const mountShare = [
  "sh",
  "-c",
  'test -z "$INGOT_INPUT_SHARE" || { mkdir -p /data && echo "$INGOT_INPUT_SHARE /data nfs defaults,_netdev,nofail 0 0" >> /etc/fstab && mount /data; }',
];
const venv = (name: string) => ["python3", "-m", "venv", `/opt/${name}`];

const notebook: Starter = {
  id: "notebook",
  title: "Notebook",
  description: "One node with JupyterLab, reached through SSH.",
  readme: `JupyterLab on a whole node, for one person at a time.

1. Connect with a tunnel, with the user and the address from the environment's page:

\`\`\`sh
ssh -L 8888:localhost:8888 USER@ADDRESS
\`\`\`

2. On the node, start it, and open the address that it prints:

\`\`\`sh
/opt/notebook/bin/jupyter lab --no-browser
\`\`\`

Run it in \`tmux\` if it is to go on when you disconnect. What you keep under your home directory stays over Stop
and Start; Reinstall and Release take it away.`,
  groups: [{ name: "node", role: "gpu_worker", minCount: 1, defaultCount: 1, maxCount: 1 }],
  network: noNetwork,
  bootConfig: {
    packages: ["python3-venv", "tmux", "git"],
    commands: [
      venv("notebook"),
      ["sh", "-c", "/opt/notebook/bin/pip install --quiet jupyterlab $INGOT_INPUT_PYTHON_PACKAGES"],
    ],
  },
  inputs: [
    input({
      name: "python_packages",
      label: "Python packages",
      help: "Names as pip takes them, with a space between.",
      default: "numpy matplotlib",
      pattern: "[A-Za-z0-9][A-Za-z0-9._=<>~ -]*",
    }),
  ],
};

const distributedTraining: Starter = {
  id: "distributed-training",
  title: "Distributed training",
  description: "Nodes side by side on InfiniBand, in a partition of their own.",
  readme: `For jobs over several nodes. The nodes stand in a VLAN and an InfiniBand partition that nobody else is in.

1. Install what you train with, on every node: \`sudo /opt/train/bin/pip install torch\`.
2. Copy your program to every node, or keep it on the shared directory at \`/data\`.
3. Start it on each node with the address of the first, and each node's own number:

\`\`\`sh
/opt/train/bin/torchrun --nnodes 2 --node-rank 0 --nproc-per-node 8 \\
  --master-addr ADDRESS_OF_THE_FIRST --master-port 29500 train.py
\`\`\`

\`ibv_devinfo\` shows the InfiniBand ports; \`NCCL_DEBUG=INFO\` shows whether NCCL uses them.`,
  groups: [{ name: "workers", role: "gpu_worker", minCount: 2, defaultCount: 2, maxCount: 16 }],
  network: { isPrivate: true, hasPartition: true, publicAddresses: "none" },
  bootConfig: {
    packages: [
      ...["python3-venv", "git", "tmux", "nfs-common"],
      ...["rdma-core", "ibverbs-utils", "openmpi-bin"],
    ],
    commands: [venv("train"), mountShare],
  },
  inputs: [share],
};

const fineTuning: Starter = {
  id: "fine-tuning",
  title: "Fine-tuning",
  description: "One to four nodes, with a token for the models that ask for one.",
  readme: `For adapting a model that exists.

1. Install what you need: \`sudo /opt/tune/bin/pip install torch transformers peft datasets accelerate\`.
2. The token that you entered at the launch is readable by root alone:

\`\`\`sh
/opt/tune/bin/hf auth login --token "$(sudo sh -c '. /etc/ingot/inputs.sh; echo "$INGOT_INPUT_MODEL_TOKEN"')"
\`\`\`

3. Write checkpoints to \`/data\` if you gave a shared directory: a release wipes the node's own drives.`,
  groups: [{ name: "workers", role: "gpu_worker", minCount: 1, defaultCount: 1, maxCount: 4 }],
  network: { ...noNetwork, isPrivate: true },
  bootConfig: {
    packages: ["python3-venv", "git", "git-lfs", "tmux", "nfs-common"],
    commands: [venv("tune"), mountShare],
  },
  inputs: [
    share,
    input({
      name: "model_token",
      label: "Token for the model hub",
      help: "Only if the model asks for one.",
      section: "Model",
      type: "secret",
    }),
  ],
};

const inference: Starter = {
  id: "inference",
  title: "Inference",
  description: "Nodes with an address of their own that answer to the outside.",
  readme: `Each node has a public address, and serves one copy of the model.

1. Sign in to each node with the line from the environment's page, and open \`tmux\`, so that what you start goes on
   when you disconnect.
2. Install the server and start it on all eight GPUs, with a key that callers must send:

\`\`\`sh
sudo /opt/serve/bin/pip install vllm
export VLLM_API_KEY="$(openssl rand -hex 32)"; echo "$VLLM_API_KEY"
/opt/serve/bin/vllm serve MODEL --tensor-parallel-size 8 \\
  --port "$(sudo sh -c '. /etc/ingot/inputs.sh; echo "$INGOT_INPUT_PORT"')"
\`\`\`

3. From your own machine, see that it answers, with the public address from the environment's page and the port of the
   launch:

\`\`\`sh
curl -H "Authorization: Bearer KEY" http://ADDRESS:PORT/v1/models
\`\`\`

Nothing stands before the node but your own firewall: \`nftables\` is installed and open. Before others call it, give
it a certificate (\`--ssl-certfile\`, \`--ssl-keyfile\`): until then the key goes over the network in the open.`,
  groups: [{ name: "servers", role: "gpu_worker", minCount: 1, defaultCount: 1, maxCount: 8 }],
  network: { ...noNetwork, isPrivate: true, publicAddresses: "per_node" },
  bootConfig: {
    packages: ["python3-venv", "python3-dev", "build-essential", "nftables", "tmux"],
    commands: [venv("serve")],
  },
  inputs: [
    input({
      name: "port",
      label: "Port",
      type: "number",
      required: true,
      default: 8000,
      min: 1024,
      max: 65535,
    }),
  ],
};

const dataPreparation: Starter = {
  id: "data-preparation",
  title: "Data preparation",
  description: "CPU nodes with what moves, packs and cleans data.",
  readme: `Nodes without GPUs, so that preparing data holds none.

1. Sign in with the line from the environment's page, and open \`tmux\`.
2. Name your object store once (\`rclone config\` asks for its address and keys), and copy what you need:

\`\`\`sh
rclone copy --transfers 32 --progress STORE:BUCKET/raw ~/raw
\`\`\`

3. Run your program over all files, one on each core:

\`\`\`sh
mkdir -p ~/ready
find ~/raw -type f | parallel --bar '/opt/data/bin/python prepare.py {} ~/ready/{/}'
\`\`\`

4. Pack it, and put it where it is to stay: \`/data\` if you gave a shared directory, else the object store.

\`\`\`sh
tar -C ~/ready -c . | zstd -T0 -o ~/ready.tar.zst
rclone copy --progress ~/ready.tar.zst STORE:BUCKET/ready
\`\`\`

A release wipes the nodes' own drives.`,
  groups: [{ name: "nodes", role: "cpu", minCount: 1, defaultCount: 1, maxCount: 16 }],
  network: noNetwork,
  bootConfig: {
    packages: ["python3-venv", "parallel", "rclone", "zstd", "pigz", "nfs-common", "tmux"],
    commands: [venv("data"), mountShare],
  },
  inputs: [share],
};

const controlPlane: Starter = {
  id: "control-plane",
  title: "Kubernetes control plane",
  description: "Three CPU nodes for the control plane, and GPU workers, ready for kubeadm.",
  readme: `The nodes are prepared for \`kubeadm\`: containerd runs with the cgroups of systemd, swap is off, bridges pass through iptables. The cluster
itself is yours.

1. Install \`kubeadm\`, \`kubelet\` and \`kubectl\` of your version from \`pkgs.k8s.io\` on every node.
2. On the first control plane node:

\`\`\`sh
sudo kubeadm init --control-plane-endpoint ADDRESS_OF_THE_FIRST --upload-certs
\`\`\`

3. Run the two lines that it prints: one on the other control plane nodes, one on the workers.
4. Add a network of your choice, and NVIDIA's GPU operator for the workers.`,
  groups: [
    { name: "control", role: "control_plane", minCount: 1, defaultCount: 3, maxCount: 5 },
    { name: "workers", role: "gpu_worker", minCount: 0, defaultCount: 1, maxCount: 16 },
  ],
  network: { ...noNetwork, isPrivate: true },
  bootConfig: {
    packages: ["containerd", "conntrack", "socat", "ebtables", "iptables"],
    commands: [
      [
        "sh",
        "-c",
        "printf 'overlay\\nbr_netfilter\\n' > /etc/modules-load.d/kubernetes.conf && modprobe -a overlay br_netfilter",
      ],
      [
        "sh",
        "-c",
        "printf 'net.ipv4.ip_forward=1\\nnet.bridge.bridge-nf-call-iptables=1\\n' > /etc/sysctl.d/90-kubernetes.conf && sysctl --system",
      ],
      ["sh", "-c", "swapoff -a && sed -i '/\\sswap\\s/d' /etc/fstab"],
      // kubeadm has the kubelet use systemd's cgroups, and add-ons put their plugins into /opt/cni/bin.
      [
        "sh",
        "-c",
        "mkdir -p /etc/containerd && containerd config default | sed 's/SystemdCgroup = false/SystemdCgroup = true/' > /etc/containerd/config.toml",
      ],
      ["systemctl", "restart", "containerd"],
    ],
  },
  inputs: [],
};

export const starters: readonly Starter[] = [
  notebook,
  distributedTraining,
  fineTuning,
  inference,
  dataPreparation,
  controlPlane,
];
