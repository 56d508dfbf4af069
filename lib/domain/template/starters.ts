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

/**
 * A new template as it begins from a starter, without hooks and actions: those are the platform team's own, as is
 * the profile from which a group takes its nodes.
 */
export function templateFrom<P>(starter: Starter, profileOf: (role: NodeGroupRole) => P) {
  const { id, title: _, groups, ...rest } = starter;
  return {
    ...rest,
    name: id,
    hooks: [],
    actions: [],
    groups: groups.map((group) => ({ ...group, profileId: profileOf(group.role) })),
  };
}

/** An input of which only what is said is special. It can be changed: the first boot after that reads it. */
function input(
  special: Pick<TemplateInput, "name" | "label"> & Partial<TemplateInput>,
): TemplateInput {
  const plain = { help: "", section: "", type: "string", required: false, default: null } as const;
  const free = { pattern: null, min: null, max: null, showIf: null, override: "allowed" } as const;
  return { ...plain, ...free, options: [], allowed: [], changeable: true, ...special };
}

// In a read me an input is named by its label in bold, what stands on a page in italics.

/** How one gets onto a node: the user is the image's own. */
const signIn =
  "Sign in to each node with its line under *Access* on the environment's page, `ssh USER@ADDRESS`.";

/** Read over `cloud-init status --wait`. */
const firstBoot = `See that the first boot ended with \`status: done\`; where it did not,
   \`sudo tail -n 50 /var/log/cloud-init-output.log\` says why.`;

const driver =
  "`nvidia-smi` lists the GPUs where the image has NVIDIA's driver: the template installs none.";

/** Read after the label of an input. */
const changes =
  "can be changed: *Change inputs* on the environment's page, then *Reinstall*, and the nodes have it.";

const shared = `**Shared directory** ${changes}
Who may write to \`/data\` is for its server to say, and what is there outlives the nodes.`;

/** What ends with what, on every node. */
const ends = `*Stop* and *Restart* end what runs. An image that is installed on a drive keeps its files over them
(\`findmnt -no FSTYPE /\` says \`ext4\` or \`xfs\`); one that runs in memory begins anew, as after *Reinstall*.
*Release*, and the end of the lease, wipes every drive.`;

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
  readme: `One node with JupyterLab in \`/opt/notebook\`, beside \`git\` and \`tmux\`, for one person at a time.

1. Sign in with the line under *Access* on the environment's page, and a tunnel to the notebook in it:

\`\`\`sh
ssh -L 8888:localhost:8888 USER@ADDRESS
\`\`\`

2. ${firstBoot} Then see which JupyterLab it brought:

\`\`\`sh
cloud-init status --wait
/opt/notebook/bin/jupyter lab --version
\`\`\`

3. Start it in \`tmux\`, so that it goes on when you disconnect. Open the address with \`localhost\` that it prints:

\`\`\`sh
tmux new -As notebook
/opt/notebook/bin/jupyter lab --no-browser
\`\`\`

4. Add what is missing, until the next *Reinstall*:

\`\`\`sh
sudo /opt/notebook/bin/pip install pandas
\`\`\`

**Python packages**, which every first boot installs, ${changes}
${driver}
Your notebooks are in your home directory, on the node alone: copy out what you keep.

${ends}`,
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
  readme: `Nodes for one job over all of them, in a VLAN and an InfiniBand partition that nobody else is in. Each has Python in
\`/opt/train\`, Open MPI, the tools of RDMA, \`git\` and \`tmux\`.

1. ${signIn}
2. ${firstBoot} Ports of InfiniBand that are up say \`PORT_ACTIVE\`:

\`\`\`sh
cloud-init status --wait
ibv_devinfo | grep -E 'hca_id|state|link_layer'
\`\`\`

3. With a **Shared directory**, see that it is mounted; if it is not, \`sudo mount /data\` says why:

\`\`\`sh
findmnt /data
\`\`\`

4. On each node, install what you train with. Have your program on each, or once on \`/data\`.

\`\`\`sh
sudo /opt/train/bin/pip install torch
\`\`\`

5. Start it on each in \`tmux\`, with how many nodes there are, the number of this one (0 for the first) and the
   address of the first. NCCL says \`NET/IB\` where it uses InfiniBand:

\`\`\`sh
NCCL_DEBUG=INFO /opt/train/bin/torchrun --nnodes 2 --node-rank 0 --nproc-per-node gpu \\
  --master-addr ADDRESS_OF_THE_FIRST --master-port 29500 train.py
\`\`\`

${driver}
${shared}

${ends}`,
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
  readme: `Nodes for adapting a model that exists. Each has Python in \`/opt/tune\`, \`git\`, \`git-lfs\` and \`tmux\`.

1. ${signIn}
2. ${firstBoot} Then see that Python is there:

\`\`\`sh
cloud-init status --wait
/opt/tune/bin/python --version
\`\`\`

3. With a **Shared directory**, see that it is mounted; if it is not, \`sudo mount /data\` says why:

\`\`\`sh
findmnt /data
\`\`\`

4. Install what you need:

\`\`\`sh
sudo /opt/tune/bin/pip install torch transformers peft datasets accelerate
\`\`\`

5. If the model asks for one, hand on the **Token for the model hub**, which root alone can read, and see whose it is:

\`\`\`sh
export HF_TOKEN="$(sudo sh -c '. /etc/ingot/inputs.sh; echo "$INGOT_INPUT_MODEL_TOKEN"')"
/opt/tune/bin/hf auth whoami
\`\`\`

6. Start your program on all GPUs of the node, in \`tmux\`, and have it write its checkpoints to \`/data\`:

\`\`\`sh
/opt/tune/bin/torchrun --nproc-per-node gpu tune.py
\`\`\`

${driver}
${shared} The token is changed in the same way.

${ends}`,
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
  readme: `Each node has a public address and serves one copy of the model. It has Python in \`/opt/serve\`, compilers,
\`nftables\` and \`tmux\`; the server is yours to choose, here vLLM.

1. ${signIn}
2. ${firstBoot} Then see that Python is there:

\`\`\`sh
cloud-init status --wait
/opt/serve/bin/python --version
\`\`\`

3. In \`tmux\`, so that it goes on when you disconnect, install the server and start it on all GPUs, with a key that
   callers must send:

\`\`\`sh
sudo /opt/serve/bin/pip install vllm
export VLLM_API_KEY="$(python3 -c 'import secrets; print(secrets.token_hex(32))')"; echo "$VLLM_API_KEY"
/opt/serve/bin/vllm serve MODEL --tensor-parallel-size "$(nvidia-smi --list-gpus | wc -l)" \\
  --port "$(sudo sh -c '. /etc/ingot/inputs.sh; echo "$INGOT_INPUT_PORT"')"
\`\`\`

4. From your own machine, see that it answers, at the node's public address under *Network* on the environment's page:

\`\`\`sh
curl -H "Authorization: Bearer KEY" http://ADDRESS:PORT/v1/models
\`\`\`

${driver}
**Port** ${changes}
The model is in your home directory, under \`~/.cache\`; where that is gone it is fetched again.

Nothing stands before the node but your own firewall: \`nftables\` has no rule yet. Before others call it, give vLLM a
certificate (\`--ssl-certfile\`, \`--ssl-keyfile\`): until then the key goes over the network in the open.

${ends}`,
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
  readme: `Nodes without GPUs, so that preparing data holds none. Each has \`rclone\`, \`parallel\`, \`zstd\`, \`pigz\`,
\`tmux\` and Python in \`/opt/data\`.

1. ${signIn}
2. ${firstBoot} With a **Shared directory**, see that it is
   mounted; if it is not, \`sudo mount /data\` says why:

\`\`\`sh
cloud-init status --wait
findmnt /data
\`\`\`

3. Open \`tmux\`. Name your object store once (\`rclone config\` asks for its address and keys), and copy what you need:

\`\`\`sh
rclone copy --transfers 32 --progress STORE:BUCKET/raw ~/raw
\`\`\`

4. Run your program over all files, one on each core:

\`\`\`sh
mkdir -p ~/ready
find ~/raw -type f | parallel --bar '/opt/data/bin/python prepare.py {} ~/ready/{/}'
\`\`\`

5. Pack it, and put it where it is to stay: the object store, or \`/data\`.

\`\`\`sh
tar -C ~/ready -c . | zstd -T0 -o ~/ready.tar.zst
rclone copy --progress ~/ready.tar.zst STORE:BUCKET/ready
\`\`\`

${shared}

${ends}`,
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
  readme: `Nodes ready for \`kubeadm\`: containerd runs with the cgroups of systemd, swap is off, bridges pass through
iptables. The cluster itself is yours. Nothing is asked at the launch; *Nodes* has the group of each.

1. ${signIn}
2. ${firstBoot} Then see \`active\`, \`1\` twice, and no swap:

\`\`\`sh
cloud-init status --wait
systemctl is-active containerd
sysctl net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables
swapon --show
\`\`\`

3. On each, install the version that you want:

\`\`\`sh
repository=https://pkgs.k8s.io/core:/stable:/v1.34/deb
sudo install -d /etc/apt/keyrings
sudo curl -fsSLo /etc/apt/keyrings/kubernetes.asc $repository/Release.key
echo "deb [signed-by=/etc/apt/keyrings/kubernetes.asc] $repository/ /" | sudo tee /etc/apt/sources.list.d/kubernetes.list
sudo apt-get update && sudo apt-get install -y kubeadm kubelet kubectl
\`\`\`

4. On the first node of the group \`control\`, begin. Run the two lines that it prints: one on the others of the
   group, one on the workers.

\`\`\`sh
sudo kubeadm init --control-plane-endpoint ADDRESS_OF_THE_FIRST --upload-certs
\`\`\`

5. Add a network of your choice, and NVIDIA's GPU operator for the workers. Then see that all are \`Ready\`:

\`\`\`sh
sudo kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes
\`\`\`

The cluster's state is in \`/var/lib/etcd\` of the control plane: take an image that is installed on a drive.

${ends}`,
  groups: [
    { name: "control", role: "control_plane", minCount: 1, defaultCount: 3, maxCount: 5 },
    { name: "workers", role: "gpu_worker", minCount: 0, defaultCount: 1, maxCount: 16 },
  ],
  network: { ...noNetwork, isPrivate: true },
  bootConfig: {
    packages: [
      ...["containerd", "conntrack", "socat", "ebtables", "iptables"],
      ...["ca-certificates", "curl"],
    ],
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
