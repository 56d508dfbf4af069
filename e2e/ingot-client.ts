// A client of Ingot's API, made of its OpenAPI document. It needs nothing but fetch: copy it where you
// want it. Ingot serves the one of its own version at /api/v1/client.

/** What each operation takes and gives. */
export type Operations = {
  /** Whose token this is, and what it may do. */
  getMe: {
    ask: Record<never, never>;
    answer: {
      id: string;
      kind: "person" | "service_account";
      name: string;
      operatorRole: "fleet_admin" | "fleet_viewer" | null;
      token: {
        id: string;
        name: string;
        scopes: Array<string>;
      };
    };
  };
  /** The projects that this token is good in. */
  listProjects: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        tenant: string;
        tenantName: string;
        tenantRole: "owner" | "admin" | "member" | "viewer";
        project: string;
        projectName: string;
        projectId: string;
        role: "admin" | "member" | "viewer";
      }>;
    };
  };
  /** Your saved SSH keys. */
  listSshKeys: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        id: string;
        name: string;
        type: string;
        fingerprint: string;
        createdAt: string;
      }>;
    };
  };
  /** What the project may launch, and how much of it is free now. */
  getCatalogue: {
    ask: {
      params: {
        tenant: string;
        project: string;
      };
    };
    answer: {
      profiles: Array<{
        id: string;
        name: string;
        displayName: string;
        state: "draft" | "active" | "deprecated" | "disabled";
        description: string;
        gpusPerNode: number;
        gpuModel: string | null;
        priceCents: number | null;
        longestLeaseHours: number | null;
        allowedImages: Array<string> | null;
        defaultImage: string | null;
        gpuSharing: "none" | "mig" | "time_slicing" | "mps";
        containerRuntime: "runc" | "kata";
        storageClasses: Array<string>;
        freeNow: number;
        timeToReady: {
          p50Ms: number;
          p90Ms: number;
          nodes: number;
        } | null;
      }>;
      templates: Array<{
        id: string;
        versionId: string;
        version: number;
        name: string;
        description: string;
        readme: string;
        longestLeaseHours: number | null;
        groups: Array<{
          name: string;
          role: "gpu_worker" | "control_plane" | "cpu";
          minCount: number;
          maxCount: number;
          defaultCount: number;
          profile: {
            id: string;
            name: string;
            displayName: string;
            state: "draft" | "active" | "deprecated" | "disabled";
            gpusPerNode: number;
            gpuModel: string | null;
            freeNow: number;
            longestLeaseHours: number | null;
            defaultImageId: string;
            allowedImageIds: Array<string> | null;
          } | null;
        }>;
        inputs: Array<{
          name: string;
          label: string;
          help: string;
          section: string;
          type: "string" | "text" | "number" | "boolean" | "enum" | "multi_enum" | "duration" | "cidr" | "ssh_keys" | "image" | "secret" | "json";
          required: boolean;
          default: string | number | boolean | Array<string> | null;
          options: Array<string>;
          pattern: string | null;
          min: number | null;
          max: number | null;
          showIf: {
            input: string;
            is: "equal" | "not_equal";
            value: string;
          } | null;
          override: "allowed" | "restricted" | "fixed";
          allowed: Array<string>;
          changeable?: boolean;
        }>;
        inputsSchema: Record<string, unknown>;
        timeToReady: {
          p50Ms: number;
          p90Ms: number;
          nodes: number;
        } | null;
        blocked: string | null;
      }>;
      currency: string;
    };
  };
  /** The images that the project may run. */
  listImages: {
    ask: {
      params: {
        tenant: string;
        project: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        name: string;
        version: string;
      }>;
    };
  };
  /** The project's SSH keys. */
  listProjectKeys: {
    ask: {
      params: {
        tenant: string;
        project: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        name: string;
        type: string;
        fingerprint: string;
        addedByName: string;
        createdAt: string;
      }>;
    };
  };
  /** The limits that hold for the project, and how much is held. */
  getProjectQuota: {
    ask: {
      params: {
        tenant: string;
        project: string;
      };
    };
    answer: {
      items: Array<{
        scope: "tenant" | "project";
        dimension: "gpus" | "nodes" | "public_ips";
        subject: string;
        label: string;
        limit: number;
        used: number;
      }>;
    };
  };
  /** What the project held over the last thirty days. */
  getProjectUse: {
    ask: {
      params: {
        tenant: string;
        project: string;
      };
    };
    answer: {
      nodeHours: number;
      gpuHours: number;
      days: Array<{
        day: string;
        nodeHours: number;
        gpuHours: number;
      }>;
    };
  };
  /** What a launch would meet if it were made now. */
  preflight: {
    ask: {
      params: {
        tenant: string;
        project: string;
      };
      body: {
        templateVersionId: string;
        imageId: string;
        counts: Record<string, number>;
        leaseHours?: number | null;
        projectKeyIds?: Array<string>;
        inputs?: Record<string, string | number | boolean | Array<string>>;
        name: string;
        sshKeyIds?: Array<string>;
        publicKey?: string;
        secrets?: Array<string>;
      };
    };
    answer: {
      checks: Array<{
        id: string;
        title: string;
        verdict: "ok" | "no" | "warn";
        words: string;
        wayOut: string | null;
        onHold?: {
          nodes: number;
          enough: boolean;
          at: string;
        };
        leases?: {
          enough: boolean;
          at: string;
        };
      }>;
      hold: {
        id: string;
        until: string;
        nodes: number;
        lost: number;
        matches: boolean;
      } | null;
      lastHold: {
        ending: "launched" | "replaced" | "let_go" | "taken_back" | "run_out";
        at: string;
      } | null;
      holdAgainst: string | null;
      readAt: string;
    };
  };
  /** What cloud-init would be told if this were launched now. */
  launchUserData: {
    ask: {
      params: {
        tenant: string;
        project: string;
      };
      body: {
        name: string;
        templateVersionId: string;
        imageId: string;
        counts: Record<string, number>;
        projectKeyIds?: Array<string>;
        inputs?: Record<string, string | number | boolean | Array<string>>;
        sshKeyIds?: Array<string>;
        publicKey?: string;
        secrets?: Array<string>;
      };
    };
    answer: {
      groups: Array<{
        name: string;
        nodes: number;
        hostname: string;
        userData: string;
      }>;
    };
  };
  /** The project's environments, newest first. */
  listEnvironments: {
    ask: {
      params: {
        tenant: string;
        project: string;
      };
      query?: {
        state?: "queued" | "provisioning" | "ready" | "stopping" | "stopped" | "starting" | "restarting" | "reinstalling" | "failed" | "releasing" | "released" | "held";
        name?: string;
        after?: string;
        limit?: number;
      };
    };
    answer: {
      items: Array<{
        id: string;
        name: string;
        projectSlug: string;
        projectName: string;
        state: "queued" | "provisioning" | "ready" | "stopping" | "stopped" | "starting" | "restarting" | "reinstalling" | "failed" | "releasing" | "released";
        stateSince: string;
        stateReason: string | null;
        templateName: string;
        nodes: number;
        gpus: number;
        gpuModels: Array<string>;
        degraded: Array<string>;
        createdAt: string;
        createdByName: string;
        endsAt: string | null;
        progress: {
          step: number;
          steps: number;
          nodes: number;
          goingBack: boolean;
          stuck: boolean;
          behind: {
            hostname: string;
            label: string;
            waitsFor: string;
            nextTryAt: string | null;
          };
        } | null;
      }>;
      next: string | null;
    };
  };
  /** Launch an environment. */
  launchEnvironment: {
    ask: {
      params: {
        tenant: string;
        project: string;
      };
      body: {
        name: string;
        templateVersionId: string;
        imageId: string;
        counts: Record<string, number>;
        sshKeyIds?: Array<string>;
        projectKeyIds?: Array<string>;
        publicKey?: string;
        inputs?: Record<string, string | number | boolean | Array<string>>;
        holdId?: string;
        leaseHours?: number | null;
      };
      key?: string;
    };
    answer: {
      environmentId: string;
      operationId: string;
    };
  };
  /** Say when an environment ends by itself. */
  setLease: {
    ask: {
      params: {
        tenant: string;
        project: string;
        environment: string;
      };
      body: {
        leaseHours: number | null;
      };
      key?: string;
    };
    answer: {
      endsAt: string | null;
    };
  };
  /** Change inputs of an environment. */
  changeInputs: {
    ask: {
      params: {
        tenant: string;
        project: string;
        environment: string;
      };
      body: {
        inputs: Record<string, string | number | boolean | Array<string>>;
      };
      key?: string;
    };
    answer: {
      changed: Array<string>;
    };
  };
  /** One environment, with its nodes and how far they are. */
  getEnvironment: {
    ask: {
      params: {
        tenant: string;
        project: string;
        environment: string;
      };
    };
    answer: {
      id: string;
      name: string;
      projectSlug: string;
      projectName: string;
      state: "queued" | "provisioning" | "ready" | "stopping" | "stopped" | "starting" | "restarting" | "reinstalling" | "failed" | "releasing" | "released";
      stateSince: string;
      stateReason: string | null;
      templateName: string;
      nodes: number;
      gpus: number;
      gpuModels: Array<string>;
      degraded: Array<string>;
      createdAt: string;
      createdByName: string;
      endsAt: string | null;
      progress: {
        step: number;
        steps: number;
        nodes: number;
        goingBack: boolean;
        stuck: boolean;
        behind: {
          hostname: string;
          label: string;
          waitsFor: string;
          nextTryAt: string | null;
        };
      } | null;
      health: Array<{
        id: string;
        allocationId: string;
        hostname: string;
        gpu: number | null;
        uuid: string | null;
        severity: "warning" | "critical";
        title: string;
        plain: string;
        count: number;
        firstSeenAt: string;
        lastSeenAt: string;
        closedAt: string | null;
      }>;
      generation: number;
      templateVersion: number;
      readme: string;
      newer: {
        templateId: string;
        versions: Array<{
          id: string;
          version: number;
          changes: Array<{
            what: string;
            before: string | null;
            after: string | null;
          }>;
          obstacles: Array<string>;
          asks: Array<{
            name: string;
            label: string;
            help: string;
            section: string;
            type: "string" | "text" | "number" | "boolean" | "enum" | "multi_enum" | "duration" | "cidr" | "ssh_keys" | "image" | "secret" | "json";
            required: boolean;
            default: string | number | boolean | Array<string> | null;
            options: Array<string>;
            pattern: string | null;
            min: number | null;
            max: number | null;
            showIf: {
              input: string;
              is: "equal" | "not_equal";
              value: string;
            } | null;
            override: "allowed" | "restricted" | "fixed";
            allowed: Array<string>;
            changeable?: boolean;
          }>;
        }>;
      } | null;
      image: {
        name: string;
        version: string;
        defaultUser: string;
      };
      keys: Array<{
        name: string;
        fingerprint: string;
        ofProject: boolean;
      }>;
      releasedAt: string | null;
      abortRequested: boolean;
      longestLeaseHours: number | null;
      longestLeaseBy: Array<"template" | "profile">;
      cost: {
        currency: string;
        hourlyCents: number | null;
        soFarCents: number;
        unpricedNodes: number;
      } | null;
      nodeList: Array<{
        allocationId: string;
        node: {
          id: string;
          name: string;
          address: string | null;
          power: "unknown" | "on" | "off" | "turning_on" | "turning_off";
          powerAt: string | null;
          lifecycle: "enrolled" | "verifying" | "discovering" | "validating" | "available" | "reserved" | "deploying" | "active" | "releasing" | "sanitizing" | "failed" | "quarantined" | "retired";
          health: "unknown" | "ok" | "warning" | "critical";
          healthReasons: Array<string>;
        } | null;
        hostname: string;
        group: string;
        profileName: string;
        gpus: number;
        gpuModel: string | null;
        putKeys: Array<{
          name: string;
          fingerprint: string;
        }> | null;
        keysDue: "start" | "reinstall" | null;
        heldSince: string;
        releasedAt: string | null;
        operation: {
          id: string;
          kind: "node.enrol" | "node.deploy" | "node.stop" | "node.start" | "node.restart" | "node.reinstall" | "node.reclaim" | "node.sanitize" | "node.rotate_credential" | "node.inspect" | "node.rehearse";
          state: "ready" | "running" | "waiting" | "stuck" | "succeeded" | "failed" | "aborted" | "superseded";
          goingBack: boolean;
          step: string | null;
          stepNumber: number;
          stepCount: number;
          stepLabel: string | null;
          waitReason: string | null;
          reason: string | null;
          nextTryAt: string | null;
          createdAt: string;
          startedAt: string | null;
          finishedAt: string | null;
          steps: Array<{
            name: string;
            label: string;
            waitsFor: string;
            state: "running" | "waiting" | "done" | "failed" | "undone" | "skipped" | "pending";
            attempts: number;
            startedAt: string | null;
            finishedAt: string | null;
            detail: string | null;
            typicalMs: number | null;
          }>;
        } | null;
      }>;
      network: Array<{
        kind: "vlan" | "private_prefix" | "public_ip" | "pkey";
        family: number;
        text: string;
        hostname: string | null;
      }>;
      wipes: Array<{
        hostname: string;
        measures: Array<{
          kind: "bios_reset" | "tpm_clear" | "controller_password" | "controller_accounts" | "firmware";
          outcome: "done" | "ordered" | "not_offered" | "not_applied" | "failed" | "off";
          words: string;
        }>;
        at: string | null;
        devices: Array<{
          kind: string;
          serial: string;
          sizeBytes: number | null;
          method: string;
          level: "purge" | "clear" | "none" | null;
          result: "wiped" | "failed" | "skipped";
          durationMs: number;
          verified: string;
          before: string;
        }>;
      }> | null;
      inputs: Array<{
        label: string;
        value: string;
      }>;
      changeable: {
        inputs: Array<{
          name: string;
          label: string;
          help: string;
          section: string;
          type: "string" | "text" | "number" | "boolean" | "enum" | "multi_enum" | "duration" | "cidr" | "ssh_keys" | "image" | "secret" | "json";
          required: boolean;
          default: string | number | boolean | Array<string> | null;
          options: Array<string>;
          pattern: string | null;
          min: number | null;
          max: number | null;
          showIf: {
            input: string;
            is: "equal" | "not_equal";
            value: string;
          } | null;
          override: "allowed" | "restricted" | "fixed";
          allowed: Array<string>;
          changeable?: boolean;
        }>;
        values: Record<string, string | number | boolean | Array<string>>;
        secrets: Array<string>;
      };
      actions: Array<{
        name: string;
        label: string;
        help: string;
        role: "member" | "admin";
        confirmation: string;
        inputs: Array<{
          name: string;
          label: string;
          help: string;
          section: string;
          type: "string" | "text" | "number" | "boolean" | "enum" | "multi_enum" | "duration" | "cidr" | "ssh_keys" | "image" | "secret" | "json";
          required: boolean;
          default: string | number | boolean | Array<string> | null;
          options: Array<string>;
          pattern: string | null;
          min: number | null;
          max: number | null;
          showIf: {
            input: string;
            is: "equal" | "not_equal";
            value: string;
          } | null;
          override: "allowed" | "restricted" | "fixed";
          allowed: Array<string>;
          changeable?: boolean;
        }>;
      }>;
      hookRuns: Array<{
        id: string;
        operationId: string;
        name: string;
        point: "before_allocate" | "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "before_bootstrap" | "after_bootstrap" | "before_validate" | "after_validate" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
        kind: "script" | "http" | "approval" | "wait";
        state: "ready" | "running" | "waiting" | "succeeded" | "failed" | "skipped" | "cancelled";
        words: string;
        calls: number;
        attempt: number;
        round: number;
        input: Record<string, unknown>;
        outputs: Record<string, unknown> | null;
        log: string;
        scripts: Array<{
          id: string;
          hostname: string;
          attempt: number;
          state: "offered" | "running" | "succeeded" | "failed";
          words: string;
          exitCode: number | null;
          log: string;
          leftOut: number;
          bytesLeftOut: number;
          logBytes: number;
          startedAt: string | null;
          finishedAt: string | null;
        }>;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
        nextTryAt: string | null;
        mayRetry: boolean;
      }>;
      hookRunsNext: string | null;
      hookRunsTotal: number;
      operations: Array<{
        id: string;
        kind: "environment.launch" | "environment.stop" | "environment.start" | "environment.restart" | "environment.reinstall" | "environment.release" | "environment.act";
        action: {
          name: string;
          label: string;
          inputs: Array<{
            name: string;
            value: string;
          }>;
        } | null;
        state: "ready" | "running" | "waiting" | "stuck" | "succeeded" | "failed" | "aborted" | "superseded";
        reason: string | null;
        requestedByName: string | null;
        createdAt: string;
        finishedAt: string | null;
      }>;
    };
  };
  /** Start a stopped environment. */
  startEnvironment: {
    ask: {
      params: {
        tenant: string;
        project: string;
        environment: string;
      };
      key?: string;
    };
    answer: {
      environmentId: string;
      operationId: string;
    };
  };
  /** Stop an environment. */
  stopEnvironment: {
    ask: {
      params: {
        tenant: string;
        project: string;
        environment: string;
      };
      key?: string;
    };
    answer: {
      environmentId: string;
      operationId: string;
    };
  };
  /** Restart an environment. */
  restartEnvironment: {
    ask: {
      params: {
        tenant: string;
        project: string;
        environment: string;
      };
      key?: string;
    };
    answer: {
      environmentId: string;
      operationId: string;
    };
  };
  /** Reinstall an environment. */
  reinstallEnvironment: {
    ask: {
      params: {
        tenant: string;
        project: string;
        environment: string;
      };
      key?: string;
    };
    answer: {
      environmentId: string;
      operationId: string;
    };
  };
  /** Move an environment to a newer version of its template. */
  upgradeEnvironment: {
    ask: {
      params: {
        tenant: string;
        project: string;
        environment: string;
      };
      body: {
        templateVersionId: string;
        inputs?: Record<string, string | number | boolean | Array<string>>;
        confirmName: string;
      };
      key?: string;
    };
    answer: {
      environmentId: string;
      operationId: string;
    };
  };
  /** Press one of the environment's actions. */
  runAction: {
    ask: {
      params: {
        tenant: string;
        project: string;
        environment: string;
        action: string;
      };
      body: {
        inputs?: Record<string, string | number | boolean | Array<string>>;
      };
      key?: string;
    };
    answer: {
      environmentId: string;
      operationId: string;
    };
  };
  /** Try again what failed. */
  retryEnvironment: {
    ask: {
      params: {
        tenant: string;
        project: string;
        environment: string;
      };
      key?: string;
    };
    answer: {
      environmentId: string;
      operationId: string;
    };
  };
  /** Abort what is under way. */
  abortEnvironment: {
    ask: {
      params: {
        tenant: string;
        project: string;
        environment: string;
      };
      key?: string;
    };
    answer: {
      environmentId: string;
    };
  };
  /** Release an environment. */
  releaseEnvironment: {
    ask: {
      params: {
        tenant: string;
        project: string;
        environment: string;
      };
      body: {
        confirmName: string;
      };
      key?: string;
    };
    answer: {
      environmentId: string;
      operationId: string;
    };
  };
  /** What was done to an environment: its last twenty operations, newest first. */
  listOperations: {
    ask: {
      params: {
        tenant: string;
        project: string;
        environment: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        kind: "environment.launch" | "environment.stop" | "environment.start" | "environment.restart" | "environment.reinstall" | "environment.release" | "environment.act" | "node.enrol" | "node.deploy" | "node.stop" | "node.start" | "node.restart" | "node.reinstall" | "node.reclaim" | "node.sanitize" | "node.rotate_credential" | "node.inspect" | "node.rehearse";
        state: "ready" | "running" | "waiting" | "stuck" | "succeeded" | "failed" | "aborted" | "superseded";
        reason: string | null;
        requestedByName: string | null;
        createdAt: string;
        finishedAt: string | null;
      }>;
    };
  };
  /** The runs of an environment's hooks, newest first. */
  listEnvironmentHookRuns: {
    ask: {
      params: {
        tenant: string;
        project: string;
        environment: string;
      };
      query?: {
        after?: string;
        limit?: number;
      };
    };
    answer: {
      items: Array<{
        id: string;
        operationId: string;
        name: string;
        point: "before_allocate" | "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "before_bootstrap" | "after_bootstrap" | "before_validate" | "after_validate" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
        kind: "script" | "http" | "approval" | "wait";
        state: "ready" | "running" | "waiting" | "succeeded" | "failed" | "skipped" | "cancelled";
        words: string;
        calls: number;
        attempt: number;
        round: number;
        input: Record<string, unknown>;
        outputs: Record<string, unknown> | null;
        log: string;
        scripts: Array<{
          id: string;
          hostname: string;
          attempt: number;
          state: "offered" | "running" | "succeeded" | "failed";
          words: string;
          exitCode: number | null;
          log: string;
          leftOut: number;
          bytesLeftOut: number;
          logBytes: number;
          startedAt: string | null;
          finishedAt: string | null;
        }>;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
        nextTryAt: string | null;
        mayRetry: boolean;
      }>;
      next: string | null;
    };
  };
  /** One operation, node by node and step by step. */
  getOperation: {
    ask: {
      params: {
        tenant: string;
        project: string;
        operation: string;
      };
    };
    answer: {
      id: string;
      kind: "environment.launch" | "environment.stop" | "environment.start" | "environment.restart" | "environment.reinstall" | "environment.release" | "environment.act";
      state: "ready" | "running" | "waiting" | "stuck" | "succeeded" | "failed" | "aborted" | "superseded";
      reason: string | null;
      requestedByName: string | null;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      environmentId: string;
      nodes: Array<{
        id: string;
        kind: "node.enrol" | "node.deploy" | "node.stop" | "node.start" | "node.restart" | "node.reinstall" | "node.reclaim" | "node.sanitize" | "node.rotate_credential" | "node.inspect" | "node.rehearse";
        state: "ready" | "running" | "waiting" | "stuck" | "succeeded" | "failed" | "aborted" | "superseded";
        reason: string | null;
        requestedByName: string | null;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
        hostname: string;
        goingBack: boolean;
        waitReason: string | null;
        nextTryAt: string | null;
        steps: Array<{
          name: string;
          label: string;
          waitsFor: string;
          state: "running" | "waiting" | "done" | "failed" | "undone" | "skipped" | "pending";
          attempts: number;
          startedAt: string | null;
          finishedAt: string | null;
          detail: string | null;
        }>;
      }>;
    };
  };
  /** Log lines, oldest first. */
  getEnvironmentLog: {
    ask: {
      params: {
        tenant: string;
        project: string;
        environment: string;
      };
      query?: {
        after?: number;
      };
    };
    answer: {
      lines: Array<{
        id: number;
        at: string;
        source: "worker" | "boot" | "node";
        level: "info" | "warning" | "error";
        hostname: string | null;
        step: string | null;
        message: string;
      }>;
      last: number;
      more: boolean;
    };
  };
  /** Nodes that are on hold in the project now, and for whom. */
  listHolds: {
    ask: {
      params: {
        tenant: string;
        project: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        heldByName: string;
        nodes: number;
        startedAt: string;
        until: string;
      }>;
    };
  };
  /** Hold the nodes that a launch would take for five minutes. */
  placeHold: {
    ask: {
      params: {
        tenant: string;
        project: string;
      };
      body: {
        templateVersionId: string;
        counts: Record<string, number>;
      };
      key?: string;
    };
    answer: {
      holdId: string;
      until: string;
      nodes: Array<string>;
    };
  };
  /** Let go of one's own hold. */
  letGoHold: {
    ask: {
      params: {
        tenant: string;
        project: string;
        hold: string;
      };
      key?: string;
    };
    answer: {
      holdId: string;
    };
  };
  /** Run a hook that has failed again. */
  retryHook: {
    ask: {
      params: {
        tenant: string;
        project: string;
        hookRun: string;
      };
      key?: string;
    };
    answer: {
      hookRunId: string;
    };
  };
  /** What a script of a hook wrote on one node. */
  getScriptLog: {
    ask: {
      params: {
        tenant: string;
        project: string;
        scriptRun: string;
      };
    };
    answer: {
      hook: string;
      hostname: string;
      attempt: number;
      state: "offered" | "running" | "succeeded" | "failed";
      log: string;
      bytesLeftOut: number;
    };
  };
  /** What the tenant's environments wait to have approved, oldest first, fifty a page. */
  listApprovals: {
    ask: {
      params: {
        tenant: string;
      };
      query?: {
        after?: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        name: string;
        point: "before_allocate" | "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "before_bootstrap" | "after_bootstrap" | "before_validate" | "after_validate" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
        state: "ready" | "running" | "waiting" | "succeeded" | "failed" | "skipped" | "cancelled";
        words: string;
        tenant: {
          slug: string;
          name: string;
        };
        project: {
          slug: string;
          name: string;
        };
        environment: {
          id: string;
          name: string;
        };
        operationId: string;
        requestedByName: string | null;
        createdAt: string;
        about: {
          template: {
            name: string;
            version: number;
          };
          counts: Record<string, number>;
          leaseHours: number | null;
          cost: string | null;
          scripts: Array<{
            name: string;
            point: "before_allocate" | "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "before_bootstrap" | "after_bootstrap" | "before_validate" | "after_validate" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
            sha256: string;
            text: string;
          }>;
        };
        decidedBy: string;
        expiresAt: string | null;
        mayDecide: boolean;
      }>;
      next: string | null;
    };
  };
  /** Approve or refuse what waits for it. */
  decideApproval: {
    ask: {
      params: {
        tenant: string;
        approval: string;
      };
      body: {
        decision: "approve" | "refuse";
        words?: string;
      };
      key?: string;
    };
    answer: {
      approvalId: string;
    };
  };
  /** What environments of every tenant wait to have approved, oldest first, fifty a page. */
  listFleetApprovals: {
    ask: {
      query?: {
        after?: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        name: string;
        point: "before_allocate" | "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "before_bootstrap" | "after_bootstrap" | "before_validate" | "after_validate" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
        state: "ready" | "running" | "waiting" | "succeeded" | "failed" | "skipped" | "cancelled";
        words: string;
        tenant: {
          slug: string;
          name: string;
        };
        project: {
          slug: string;
          name: string;
        };
        environment: {
          id: string;
          name: string;
        };
        operationId: string;
        requestedByName: string | null;
        createdAt: string;
        about: {
          template: {
            name: string;
            version: number;
          };
          counts: Record<string, number>;
          leaseHours: number | null;
          cost: string | null;
          scripts: Array<{
            name: string;
            point: "before_allocate" | "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "before_bootstrap" | "after_bootstrap" | "before_validate" | "after_validate" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
            sha256: string;
            text: string;
          }>;
        };
        decidedBy: string;
        expiresAt: string | null;
        mayDecide: boolean;
      }>;
      next: string | null;
    };
  };
  /** Approve or refuse what waits for an operator. */
  decideFleetApproval: {
    ask: {
      params: {
        approval: string;
      };
      body: {
        decision: "approve" | "refuse";
        words?: string;
      };
      key?: string;
    };
    answer: {
      approvalId: string;
    };
  };
  /** The runs of hooks, newest first, fifty a page. */
  listHookRuns: {
    ask: {
      query?: {
        state?: "ready" | "running" | "waiting" | "succeeded" | "failed" | "skipped" | "cancelled";
        after?: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        name: string;
        point: "before_allocate" | "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "before_bootstrap" | "after_bootstrap" | "before_validate" | "after_validate" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
        kind: "script" | "http" | "approval" | "wait";
        state: "ready" | "running" | "waiting" | "succeeded" | "failed" | "skipped" | "cancelled";
        words: string;
        tenant: {
          slug: string;
          name: string;
        };
        project: {
          slug: string;
          name: string;
        };
        environment: {
          id: string;
          name: string;
        };
        operationId: string;
        requestedByName: string | null;
        createdAt: string;
        mayRetry: boolean;
        mayStop: boolean;
      }>;
      next: string | null;
    };
  };
  /** One run of a hook: what went in and came out of it, its log, and how its calls went. */
  getHookRun: {
    ask: {
      params: {
        hookRun: string;
      };
    };
    answer: {
      id: string;
      operationId: string;
      name: string;
      point: "before_allocate" | "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "before_bootstrap" | "after_bootstrap" | "before_validate" | "after_validate" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
      kind: "script" | "http" | "approval" | "wait";
      state: "ready" | "running" | "waiting" | "succeeded" | "failed" | "skipped" | "cancelled";
      words: string;
      calls: number;
      attempt: number;
      round: number;
      input: Record<string, unknown>;
      outputs: Record<string, unknown> | null;
      log: string;
      scripts: Array<{
        id: string;
        hostname: string;
        attempt: number;
        state: "offered" | "running" | "succeeded" | "failed";
        words: string;
        exitCode: number | null;
        log: string;
        leftOut: number;
        bytesLeftOut: number;
        logBytes: number;
        startedAt: string | null;
        finishedAt: string | null;
      }>;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      nextTryAt: string | null;
      mayRetry: boolean;
      tenant: {
        slug: string;
        name: string;
      };
      project: {
        slug: string;
        name: string;
      };
      environment: {
        id: string;
        name: string;
      };
      requestedByName: string | null;
      mayStop: boolean;
      latestCalls: Array<{
        id: number;
        at: string;
        durationMs: number;
        outcome: "done" | "again" | "failed" | "transient" | "none";
        words: string;
      }>;
    };
  };
  /** What a script wrote on one node: of a hook of any tenant, or of a dry run. */
  getFleetScriptLog: {
    ask: {
      params: {
        scriptRun: string;
      };
    };
    answer: {
      hook: string;
      hostname: string;
      attempt: number;
      state: "offered" | "running" | "succeeded" | "failed";
      log: string;
      bytesLeftOut: number;
    };
  };
  /** Run a hook of any tenant that has failed again. */
  retryFleetHook: {
    ask: {
      params: {
        hookRun: string;
      };
      key?: string;
    };
    answer: {
      hookRunId: string;
    };
  };
  /** Ask a provider no more to take back what it made. */
  stopAsking: {
    ask: {
      params: {
        hookRun: string;
      };
      body: {
        reason: string;
      };
      key?: string;
    };
    answer: {
      hookRunId: string;
    };
  };
  /** What comes to be so in the project, as it does. */
  followProjectEvents: {
    ask: {
      params: {
        tenant: string;
        project: string;
      };
    };
    event: {
      type: "environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.warning" | "health.recovered" | "token.in_two_places";
      timestamp: string;
      data: {
        id: string;
        title: string;
        text: string;
        url: string | null;
        [more: string]: unknown;
      };
    };
  };
  /** What comes to be so in all of the tenant, as it does. */
  followTenantEvents: {
    ask: {
      params: {
        tenant: string;
      };
    };
    event: {
      type: "environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.warning" | "health.recovered" | "token.in_two_places";
      timestamp: string;
      data: {
        id: string;
        title: string;
        text: string;
        url: string | null;
        [more: string]: unknown;
      };
    };
  };
  /** Add a project to the tenant. */
  createProject: {
    ask: {
      params: {
        tenant: string;
      };
      body: {
        slug: string;
        name: string;
      };
      key?: string;
    };
    answer: {
      projectId: string;
    };
  };
  /** Every tenant by name, with how much it has and holds. */
  listTenants: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        id: string;
        slug: string;
        name: string;
        createdAt: string;
        projects: number;
        members: number;
        owners: number;
        limits: number;
        nodesHeld: number;
        gpusHeld: number;
      }>;
    };
  };
  /** Add a tenant. */
  createTenant: {
    ask: {
      body: {
        slug: string;
        name: string;
      };
      key?: string;
    };
    answer: {
      tenantId: string;
      slug: string;
    };
  };
  /** One tenant: its projects and quota, and what a limit can be set for. */
  getTenant: {
    ask: {
      params: {
        tenant: string;
      };
    };
    answer: {
      id: string;
      slug: string;
      name: string;
      createdAt: string;
      quota: {
        items: Array<{
          dimension: "gpus" | "nodes" | "public_ips";
          subject: string;
          words: string;
          limit: number | null;
          used: number;
          byProject: Record<string, {
            limit: number | null;
            used: number;
          }>;
        }>;
        projects: Array<{
          id: string;
          slug: string;
          name: string;
        }>;
      };
      subjects: Array<{
        dimension: "gpus" | "nodes" | "public_ips";
        subject: string;
        words: string;
      }>;
    };
  };
  /** The tenant's members by name, with their roles, and who is invited. */
  listMembers: {
    ask: {
      params: {
        tenant: string;
      };
    };
    answer: {
      items: Array<{
        userId: string;
        name: string;
        email: string;
        role: "owner" | "admin" | "member" | "viewer";
        until: string | null;
        manager: string | null;
        hasEnded: boolean;
        hasNotSignedIn: boolean;
        isClosed: boolean;
        since: string;
        projects: Array<{
          project: string;
          role: "admin" | "member" | "viewer";
          until: string | null;
          manager: string | null;
        }>;
      }>;
      invitations: Array<{
        id: string;
        email: string;
        invitedBy: string;
        createdAt: string;
        expiresAt: string;
        isTooOld: boolean;
        role: "owner" | "admin" | "member" | "viewer";
        memberDays: number | null;
      }> | null;
    };
  };
  /** Everyone who runs or watches the fleet, by name, and who is invited to. */
  listOperators: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        userId: string;
        name: string;
        email: string;
        role: "fleet_admin" | "fleet_viewer";
        manager: string | null;
        isClosed: boolean;
        hasNotSignedIn: boolean;
        hasSecondFactor: boolean;
        createdAt: string;
      }>;
      invitations: Array<{
        id: string;
        email: string;
        invitedBy: string;
        createdAt: string;
        expiresAt: string;
        isTooOld: boolean;
        role: "fleet_admin" | "fleet_viewer";
      }>;
    };
  };
  /** What the tenant held in a month, and what it cost, by project, environment or profile. */
  getTenantUse: {
    ask: {
      params: {
        tenant: string;
      };
      query?: {
        month?: string;
        by?: "tenant" | "project" | "environment" | "profile";
      };
    };
    answer: {
      month: string;
      time_zone: "UTC";
      from: string;
      until: string;
      judged_until: string | null;
      by: "tenant" | "project" | "environment" | "profile";
      gpu_seconds: {
        held: number;
        busy: number;
        idle: number;
        unknown: number;
      };
      currency: string;
      cost_cents: number | null;
      lines: Array<{
        id: string;
        name: string;
        tenant: {
          slug: string;
          name: string;
        } | null;
        project: {
          slug: string;
          name: string;
        } | null;
        gpu_seconds: {
          held: number;
          busy: number;
          idle: number;
          unknown: number;
        };
        cost_cents: number | null;
      }>;
    };
  };
  /** What was held in a month, by tenant, project, environment or profile. */
  getFleetUse: {
    ask: {
      query?: {
        month?: string;
        by?: "tenant" | "project" | "environment" | "profile";
      };
    };
    answer: {
      month: string;
      time_zone: "UTC";
      from: string;
      until: string;
      judged_until: string | null;
      by: "tenant" | "project" | "environment" | "profile";
      gpu_seconds: {
        held: number;
        busy: number;
        idle: number;
        unknown: number;
      };
      currency: string;
      cost_cents: number | null;
      lines: Array<{
        id: string;
        name: string;
        tenant: {
          slug: string;
          name: string;
        } | null;
        project: {
          slug: string;
          name: string;
        } | null;
        gpu_seconds: {
          held: number;
          busy: number;
          idle: number;
          unknown: number;
        };
        cost_cents: number | null;
      }>;
    };
  };
  /** The tenant's quota, how its projects share it, and how much is held. */
  getTenantQuota: {
    ask: {
      params: {
        tenant: string;
      };
    };
    answer: {
      items: Array<{
        dimension: "gpus" | "nodes" | "public_ips";
        subject: string;
        words: string;
        limit: number | null;
        used: number;
        byProject: Record<string, {
          limit: number | null;
          used: number;
        }>;
      }>;
      projects: Array<{
        id: string;
        slug: string;
        name: string;
      }>;
    };
  };
  /** Promise a project a part of the tenant's quota. */
  splitQuota: {
    ask: {
      params: {
        tenant: string;
      };
      body: {
        projectId: string;
        dimension: "gpus" | "nodes" | "public_ips";
        subject: string;
        limit: number | null;
      };
      key?: string;
    };
    answer: {
      limit: number | null;
    };
  };
  /** Set what a tenant may hold at once. */
  setTenantQuota: {
    ask: {
      params: {
        tenant: string;
      };
      body: {
        dimension: "gpus" | "nodes" | "public_ips";
        subject: string;
        limit: number | null;
      };
      key?: string;
    };
    answer: {
      limit: number | null;
    };
  };
  /** Promise a tenant's project a part of its quota. */
  splitTenantQuota: {
    ask: {
      params: {
        tenant: string;
      };
      body: {
        projectId: string;
        dimension: "gpus" | "nodes" | "public_ips";
        subject: string;
        limit: number | null;
      };
      key?: string;
    };
    answer: {
      limit: number | null;
    };
  };
  /** The tenant's audit log, newest first. */
  listAuditEvents: {
    ask: {
      params: {
        tenant: string;
      };
      query?: {
        action?: string;
        actor?: string;
        object?: string;
        outcome?: "done" | "denied";
        after?: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        at: string;
        sequence: number;
        actor: string;
        token: string | null;
        sessionId: string | null;
        action: string;
        outcome: "done" | "denied";
        objectKind: string | null;
        objectId: string | null;
        objectName: string | null;
        detail: Record<string, unknown>;
        requestId: string | null;
        ipAddress: string | null;
      }>;
      next: string | null;
    };
  };
  /** Walk the audit log's chain from its beginning, and say up to where it holds. */
  verifyAudit: {
    ask: {
      params: {
        tenant: string;
      };
      key?: string;
    };
    answer: {
      at: string;
      chains: Array<{
        tenant: string | null;
        length: number;
        verifiedTo: number;
        head: string;
        sealed: {
          length: number;
          at: string;
        } | null;
        fault: {
          words: string;
          eventId: string | null;
        } | null;
      }>;
    };
  };
  /** The audit log of the fleet and of every tenant, newest first. */
  listFleetAuditEvents: {
    ask: {
      query?: {
        action?: string;
        actor?: string;
        object?: string;
        outcome?: "done" | "denied";
        after?: string;
        tenant?: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        at: string;
        sequence: number;
        actor: string;
        token: string | null;
        sessionId: string | null;
        action: string;
        outcome: "done" | "denied";
        objectKind: string | null;
        objectId: string | null;
        objectName: string | null;
        detail: Record<string, unknown>;
        requestId: string | null;
        ipAddress: string | null;
        tenant: string | null;
      }>;
      next: string | null;
    };
  };
  /** Walk every chain of the audit log, and say of each up to where it holds. */
  verifyFleetAudit: {
    ask: {
      key?: string;
    };
    answer: {
      at: string;
      chains: Array<{
        tenant: string | null;
        length: number;
        verifiedTo: number;
        head: string;
        sealed: {
          length: number;
          at: string;
        } | null;
        fault: {
          words: string;
          eventId: string | null;
        } | null;
      }>;
    };
  };
  /** The tenant's webhooks by name, each with the last message to it. */
  listWebhooks: {
    ask: {
      params: {
        tenant: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        name: string;
        form: "standard" | "slack";
        address: string;
        certificatePem: string;
        kinds: Array<"environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.warning" | "health.recovered" | "operation.stuck" | "release.left_over" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test">;
        isPaused: boolean;
        createdBy: string;
        createdAt: string;
        last: {
          id: string;
          kind: "environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.warning" | "health.recovered" | "operation.stuck" | "release.left_over" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test";
          title: string;
          state: "waiting" | "delivered" | "given_up" | "cancelled";
          attempt: number;
          lastStatus: number | null;
          lastWords: string;
          lastAt: string | null;
          tookMs: number | null;
          createdAt: string;
          nextAt: string | null;
        } | null;
      }>;
    };
  };
  /** Create a webhook. */
  createWebhook: {
    ask: {
      params: {
        tenant: string;
      };
      body: {
        name: string;
        url: string;
        form: "standard" | "slack";
        certificatePem?: string;
        kinds: Array<"environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.warning" | "health.recovered" | "operation.stuck" | "release.left_over" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test">;
      };
      key?: string;
    };
    answer: {
      webhookId: string;
      secret: string;
    };
  };
  /** One webhook, with the last message to it. */
  getWebhook: {
    ask: {
      params: {
        tenant: string;
        webhook: string;
      };
    };
    answer: {
      id: string;
      name: string;
      form: "standard" | "slack";
      address: string;
      certificatePem: string;
      kinds: Array<"environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.warning" | "health.recovered" | "operation.stuck" | "release.left_over" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test">;
      isPaused: boolean;
      createdBy: string;
      createdAt: string;
      last: {
        id: string;
        kind: "environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.warning" | "health.recovered" | "operation.stuck" | "release.left_over" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test";
        title: string;
        state: "waiting" | "delivered" | "given_up" | "cancelled";
        attempt: number;
        lastStatus: number | null;
        lastWords: string;
        lastAt: string | null;
        tookMs: number | null;
        createdAt: string;
        nextAt: string | null;
      } | null;
    };
  };
  /** Say where a webhook is now, in which form it is told, and of what. */
  changeWebhook: {
    ask: {
      params: {
        tenant: string;
        webhook: string;
      };
      body: {
        url: string;
        form: "standard" | "slack";
        certificatePem: string;
        kinds: Array<"environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.warning" | "health.recovered" | "operation.stuck" | "release.left_over" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test">;
      };
      key?: string;
    };
    answer: {
      webhookId: string;
    };
  };
  /** Have the messages of a webhook wait. */
  pauseWebhook: {
    ask: {
      params: {
        tenant: string;
        webhook: string;
      };
      key?: string;
    };
    answer: {
      webhookId: string;
    };
  };
  /** Have the messages of a webhook go on. */
  resumeWebhook: {
    ask: {
      params: {
        tenant: string;
        webhook: string;
      };
      key?: string;
    };
    answer: {
      webhookId: string;
    };
  };
  /** Send a webhook one test message. */
  tryWebhook: {
    ask: {
      params: {
        tenant: string;
        webhook: string;
      };
      key?: string;
    };
    answer: {
      webhookId: string;
    };
  };
  /** Remove a webhook. */
  removeWebhook: {
    ask: {
      params: {
        tenant: string;
        webhook: string;
      };
      key?: string;
    };
    answer: {
      webhookId: string;
    };
  };
  /** Make another secret for a webhook. */
  renewWebhookSecret: {
    ask: {
      params: {
        tenant: string;
        webhook: string;
      };
      key?: string;
    };
    answer: {
      webhookId: string;
      secret: string;
    };
  };
  /** The messages to a webhook, newest first, fifty a page. */
  listDeliveries: {
    ask: {
      params: {
        tenant: string;
        webhook: string;
      };
      query?: {
        after?: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        kind: "environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.warning" | "health.recovered" | "operation.stuck" | "release.left_over" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test";
        title: string;
        state: "waiting" | "delivered" | "given_up" | "cancelled";
        attempt: number;
        lastStatus: number | null;
        lastWords: string;
        lastAt: string | null;
        tookMs: number | null;
        createdAt: string;
        nextAt: string | null;
      }>;
      next: string | null;
    };
  };
  /** Send a message to its webhook once more. */
  replayDelivery: {
    ask: {
      params: {
        tenant: string;
        delivery: string;
      };
      key?: string;
    };
    answer: {
      deliveryId: string;
    };
  };
  /** The fleet's webhooks by name, each with the last message to it. */
  listFleetWebhooks: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        id: string;
        name: string;
        form: "standard" | "slack";
        address: string;
        certificatePem: string;
        kinds: Array<"environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.warning" | "health.recovered" | "operation.stuck" | "release.left_over" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test">;
        isPaused: boolean;
        createdBy: string;
        createdAt: string;
        last: {
          id: string;
          kind: "environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.warning" | "health.recovered" | "operation.stuck" | "release.left_over" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test";
          title: string;
          state: "waiting" | "delivered" | "given_up" | "cancelled";
          attempt: number;
          lastStatus: number | null;
          lastWords: string;
          lastAt: string | null;
          tookMs: number | null;
          createdAt: string;
          nextAt: string | null;
        } | null;
      }>;
    };
  };
  /** One webhook of the fleet, with the last message to it. */
  getFleetWebhook: {
    ask: {
      params: {
        webhook: string;
      };
    };
    answer: {
      id: string;
      name: string;
      form: "standard" | "slack";
      address: string;
      certificatePem: string;
      kinds: Array<"environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.warning" | "health.recovered" | "operation.stuck" | "release.left_over" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test">;
      isPaused: boolean;
      createdBy: string;
      createdAt: string;
      last: {
        id: string;
        kind: "environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.warning" | "health.recovered" | "operation.stuck" | "release.left_over" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test";
        title: string;
        state: "waiting" | "delivered" | "given_up" | "cancelled";
        attempt: number;
        lastStatus: number | null;
        lastWords: string;
        lastAt: string | null;
        tookMs: number | null;
        createdAt: string;
        nextAt: string | null;
      } | null;
    };
  };
  /** The messages to a webhook of the fleet, newest first, fifty a page. */
  listFleetDeliveries: {
    ask: {
      params: {
        webhook: string;
      };
      query?: {
        after?: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        kind: "environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.warning" | "health.recovered" | "operation.stuck" | "release.left_over" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test";
        title: string;
        state: "waiting" | "delivered" | "given_up" | "cancelled";
        attempt: number;
        lastStatus: number | null;
        lastWords: string;
        lastAt: string | null;
        tookMs: number | null;
        createdAt: string;
        nextAt: string | null;
      }>;
      next: string | null;
    };
  };
  /** Operations on nodes, fifty a page. */
  listFleetOperations: {
    ask: {
      query?: {
        tab?: "stuck" | "live" | "ended";
        after?: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        kind: string;
        state: "ready" | "running" | "waiting" | "stuck" | "succeeded" | "failed" | "aborted" | "superseded";
        goingBack: boolean;
        step: string | null;
        stepNumber: number;
        stepCount: number;
        waitReason: string | null;
        reason: string | null;
        nextTryAt: string | null;
        requestedByName: string | null;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
        node: {
          id: string;
          name: string;
          lifecycle: "enrolled" | "verifying" | "discovering" | "validating" | "available" | "reserved" | "deploying" | "active" | "releasing" | "sanitizing" | "failed" | "quarantined" | "retired";
        };
        tenant: string | null;
        environment: string | null;
        advice: string | null;
      }>;
      next: string | null;
    };
  };
  /** One operation on a node, with its steps. */
  getFleetOperation: {
    ask: {
      params: {
        operation: string;
      };
    };
    answer: {
      id: string;
      kind: string;
      state: "ready" | "running" | "waiting" | "stuck" | "succeeded" | "failed" | "aborted" | "superseded";
      goingBack: boolean;
      step: string | null;
      stepNumber: number;
      stepCount: number;
      waitReason: string | null;
      reason: string | null;
      nextTryAt: string | null;
      requestedByName: string | null;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      node: {
        id: string;
        name: string;
        lifecycle: "enrolled" | "verifying" | "discovering" | "validating" | "available" | "reserved" | "deploying" | "active" | "releasing" | "sanitizing" | "failed" | "quarantined" | "retired";
      };
      tenant: string | null;
      environment: string | null;
      advice: string | null;
      steps: Array<{
        name: string;
        label: string;
        waitsFor: string;
        state: "running" | "waiting" | "done" | "failed" | "undone" | "skipped" | "pending";
        attempts: number;
        startedAt: string | null;
        finishedAt: string | null;
        detail: string | null;
      }>;
    };
  };
  /** Every provider by name, with how its last call went. */
  listProviders: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        id: string;
        name: string;
        description: string;
        url: string;
        state: "active" | "retired";
        health: "answers" | "silent" | "unknown";
        lastCall: {
          id: number;
          at: string;
          durationMs: number;
          outcome: "done" | "again" | "failed" | "transient" | "none";
          words: string;
          for: "hook" | "check" | "dry run";
          hookRunId: string | null;
        } | null;
      }>;
    };
  };
  /** One provider, with its last fifty calls. */
  getProvider: {
    ask: {
      params: {
        provider: string;
      };
    };
    answer: {
      id: string;
      name: string;
      description: string;
      url: string;
      state: "active" | "retired";
      health: "answers" | "silent" | "unknown";
      lastCall: {
        id: number;
        at: string;
        durationMs: number;
        outcome: "done" | "again" | "failed" | "transient" | "none";
        words: string;
        for: "hook" | "check" | "dry run";
        hookRunId: string | null;
      } | null;
      certificatePem: string;
      isBeingChecked: boolean;
      createdAt: string;
      changedAt: string;
      calls: Array<{
        id: number;
        at: string;
        durationMs: number;
        outcome: "done" | "again" | "failed" | "transient" | "none";
        words: string;
        for: "hook" | "check" | "dry run";
        hookRunId: string | null;
      }>;
    };
  };
  /** Every site by name, with its racks and how many nodes stand in each. */
  listSites: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        id: string;
        name: string;
        bootOrigin: string | null;
        network: {
          driver: "http" | "linux_bridge";
          address: string | null;
          bridge: string | null;
          namespace: string | null;
        } | null;
        racks: Array<{
          id: string;
          name: string;
          units: number;
          nodes: number;
          available: number;
        }>;
      }>;
    };
  };
  /** Add a site. */
  createSite: {
    ask: {
      body: {
        name: string;
        bootOrigin?: "" | string | null;
      };
      key?: string;
    };
    answer: {
      siteId: string;
    };
  };
  /** One site, with its provisioning network and a dnsmasq configuration for it. */
  getSite: {
    ask: {
      params: {
        site: string;
      };
    };
    answer: {
      id: string;
      name: string;
      bootOrigin: string | null;
      network: {
        driver: "http" | "linux_bridge";
        address: string | null;
        bridge: string | null;
        namespace: string | null;
      } | null;
      racks: number;
      fabricManager: {
        address: string;
      } | null;
      provisioning: {
        mode: "dhcp" | "proxy";
        networkInterface: string | null;
        subnet: string;
        firstAddress: string | null;
        lastAddress: string | null;
        router: string | null;
        dns: string | null;
        leaseMinutes: number;
      } | null;
      nodes: {
        total: number;
        withMac: number;
      };
      dnsmasq: string | null;
      leaseReports: {
        madeAt: string;
        heardAt: string | null;
      } | null;
    };
  };
  /** What a site's DHCP server told of leases, the one heard of last first. */
  listSiteLeases: {
    ask: {
      params: {
        site: string;
      };
      query?: {
        after?: number;
      };
    };
    answer: {
      items: Array<{
        mac: string;
        address: string;
        node: {
          id: string;
          name: string;
        } | null;
        state: "leased" | "expired" | "ended";
        since: string | null;
        until: string;
        endedAt: string | null;
        client: string | null;
        vendorClass: string | null;
        askedAt: string | null;
        bootGivenAt: string | null;
        firstHeardAt: string;
        heardAt: string;
      }>;
      next: string | null;
    };
  };
  /** Who asked the boot server by a MAC address that nobody awaited, the last first. */
  listSiteBootRequests: {
    ask: {
      params: {
        site: string;
      };
    };
    answer: {
      items: Array<{
        mac: string;
        address: string;
        node: {
          id: string;
          name: string;
        } | null;
        count: number;
        firstAt: string;
        lastAt: string;
      }>;
    };
  };
  /** Say what the provisioning network of a site is. */
  setProvisioning: {
    ask: {
      params: {
        site: string;
      };
      body: {
        mode: "dhcp" | "proxy";
        networkInterface?: "" | string | null;
        subnet: string;
        firstAddress?: string | null;
        lastAddress?: string | null;
        router?: string | null;
        dns?: string | null;
        leaseMinutes: number;
      };
      key?: string;
    };
    answer: {
      siteId: string;
    };
  };
  /** Forget the provisioning network of a site. */
  removeProvisioning: {
    ask: {
      params: {
        site: string;
      };
      key?: string;
    };
    answer: {
      siteId: string;
    };
  };
  /** Add a rack to a site. */
  createRack: {
    ask: {
      body: {
        siteId: string;
        name: string;
        units: number;
      };
      key?: string;
    };
    answer: {
      rackId: string;
    };
  };
  /** One rack, with the nodes in it and where each stands. */
  getRack: {
    ask: {
      params: {
        rack: string;
      };
    };
    answer: {
      id: string;
      name: string;
      site: string;
      units: number;
      nodes: number;
      slots: Array<{
        lowest: number;
        highest: number;
        nodes: Array<{
          id: string;
          name: string;
          nodeType: string;
          unit: number | null;
          height: number;
          lifecycle: "enrolled" | "verifying" | "discovering" | "validating" | "available" | "reserved" | "deploying" | "active" | "releasing" | "sanitizing" | "failed" | "quarantined" | "retired";
          since: string;
          reason: string | null;
          flags: Array<string>;
        }>;
      }>;
      elsewhere: Array<{
        id: string;
        name: string;
        nodeType: string;
        unit: number | null;
        height: number;
        lifecycle: "enrolled" | "verifying" | "discovering" | "validating" | "available" | "reserved" | "deploying" | "active" | "releasing" | "sanitizing" | "failed" | "quarantined" | "retired";
        since: string;
        reason: string | null;
        flags: Array<string>;
      }>;
    };
  };
  /** Every fabric by site and name, and how many ports of each site have no known place. */
  listFabrics: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        id: string;
        name: string;
        kind: "infiniband" | "nvlink";
        site: {
          id: string;
          name: string;
        };
        placesFrom: "list" | "ibnetdiscover" | "nodes" | null;
        placesAt: string | null;
        leaves: number;
        ports: number;
        nodes: number;
        down: number;
        slow: number;
      }>;
      sites: Array<{
        id: string;
        name: string;
        unplaced: number;
        nodesWithPorts: number;
      }>;
      nvlinkProposals: Array<{
        site: {
          id: string;
          name: string;
        };
        told: string;
        by: "cluster" | "chassis";
        nodes: Array<{
          id: string;
          name: string;
        }>;
        domains: Array<{
          id: string;
          name: string;
        }>;
      }>;
    };
  };
  /** Add a fabric to a site, with nothing in it. */
  createFabric: {
    ask: {
      body: {
        siteId: string;
        kind: "infiniband" | "nvlink";
        name: string;
      };
      key?: string;
    };
    answer: {
      fabricId: string;
    };
  };
  /** One fabric: its leaves and how nodes lie on them, or the nodes of an NVLink domain. */
  getFabric: {
    ask: {
      params: {
        fabric: string;
      };
    };
    answer: {
      id: string;
      name: string;
      kind: "infiniband" | "nvlink";
      site: {
        id: string;
        name: string;
      };
      placesFrom: "list" | "ibnetdiscover" | "nodes" | null;
      placesAt: string | null;
      placesBy: string | null;
      placesDetail: string | null;
      leaves: Array<{
        leaf: string;
        rails: Array<string>;
        ports: number;
        nodes: number;
        down: number;
        slow: number;
      }>;
      groups: Array<{
        leaves: Array<string>;
        nodes: number;
        free: number;
      }>;
      members: Array<{
        id: string;
        name: string;
        rack: string;
        gpus: number | null;
        gpuModel: string | null;
        links: {
          fewest: number;
          most: number;
        } | null;
        inventoryAt: string | null;
        place: {
          chassisSerial: string | null;
          slot: number | null;
          tray: number | null;
        } | null;
        cluster: string | null;
        disagreement: string | null;
      }>;
    };
  };
  /** The ports of an InfiniBand fabric, five hundred a page. */
  listFabricPorts: {
    ask: {
      params: {
        fabric: string;
      };
      query?: {
        show?: "down" | "slow" | "unplaced" | "strange";
        leaf?: string;
        after?: number;
      };
    };
    answer: {
      items: Array<{
        guid: string | null;
        node: {
          id: string;
          name: string;
        } | null;
        slot: string | null;
        fabricId: string | null;
        leaf: string | null;
        leafPort: number | null;
        rail: string | null;
        rateGbps: number | null;
        state: "up" | "slow" | "down" | "unknown";
        words: string;
        description: string | null;
        inventoryAt: string | null;
      }>;
      next: string | null;
    };
  };
  /** Forget a fabric and the places of its ports. */
  removeFabric: {
    ask: {
      params: {
        fabric: string;
      };
      key?: string;
    };
    answer: {
      fabricId: string;
    };
  };
  /** Say which nodes share an NVLink domain: these and no others. */
  setNvlinkMembers: {
    ask: {
      params: {
        fabric: string;
      };
      body: {
        nodes: string;
      };
      key?: string;
    };
    answer: {
      fabricId: string;
    };
  };
  /** Make an NVLink domain of the nodes that say that they share one. */
  acceptNvlinkDomain: {
    ask: {
      body: {
        siteId: string;
        told: string;
        name: string;
      };
      key?: string;
    };
    answer: {
      fabricId: string;
    };
  };
  /** Ask what taking the places of ports from a list would do, line by line. */
  checkPorts: {
    ask: {
      params: {
        fabric: string;
      };
      body: {
        text: string;
        isWhole: boolean;
      };
    };
    answer: {
      source: "list" | "ibnetdiscover" | "nodes";
      detail: string | null;
      lines: Array<{
        line: number;
        guid: string;
        leaf: string;
        rail: string | null;
        outcome: "new" | "changed" | "same" | "refused";
        node: {
          name: string;
          by: "inventory" | "list";
        } | null;
        words: Array<string>;
      }>;
      gone: number;
    };
  };
  /** Take the places of ports from a list, or from what the fabric says. */
  placePorts: {
    ask: {
      params: {
        fabric: string;
      };
      body: {
        text: string;
        isWhole: boolean;
      };
      key?: string;
    };
    answer: {
      source: "list" | "ibnetdiscover" | "nodes";
      detail: string | null;
      lines: Array<{
        line: number;
        guid: string;
        leaf: string;
        rail: string | null;
        outcome: "new" | "changed" | "same" | "refused";
        node: {
          name: string;
          by: "inventory" | "list";
        } | null;
        words: Array<string>;
      }>;
      gone: number;
    };
  };
  /** Nodes by name, fifty a page. */
  listNodes: {
    ask: {
      query?: {
        lifecycle?: "enrolled" | "verifying" | "discovering" | "validating" | "available" | "reserved" | "deploying" | "active" | "releasing" | "sanitizing" | "failed" | "quarantined" | "retired";
        search?: string;
        after?: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        name: string;
        site: string;
        rack: string;
        unit: number | null;
        nodeType: string;
        lifecycle: "enrolled" | "verifying" | "discovering" | "validating" | "available" | "reserved" | "deploying" | "active" | "releasing" | "sanitizing" | "failed" | "quarantined" | "retired";
        since: string;
        reason: string | null;
        power: string;
        controller: string;
        health: "unknown" | "ok" | "warning" | "critical";
        flags: Array<string>;
        address: string | null;
      }>;
      next: string | null;
    };
  };
  /** Enrol one node. */
  enrolNode: {
    ask: {
      body: {
        name: string;
        rackId: string;
        unit?: number | null;
        nodeTypeId: string;
        controllerAddress: string;
        username: string;
        password: string;
        expectedFingerprint?: string | null;
        address?: string | null;
        protocol?: "redfish" | "ipmi";
      };
      key?: string;
    };
    answer: {
      nodeId: string;
    };
  };
  /** One node, with its latest operations and what may not be ordered now. */
  getNode: {
    ask: {
      params: {
        node: string;
      };
    };
    answer: {
      id: string;
      name: string;
      site: string;
      rack: string;
      unit: number | null;
      nodeType: {
        id: string;
        name: string;
      };
      lifecycle: "enrolled" | "verifying" | "discovering" | "validating" | "available" | "reserved" | "deploying" | "active" | "releasing" | "sanitizing" | "failed" | "quarantined" | "retired";
      since: string;
      reason: string | null;
      notAllocatable: Array<string>;
      power: {
        observed: string;
        at: string | null;
      };
      health: {
        state: string;
        reasons: Array<string>;
      };
      maintenance: boolean;
      cordoned: boolean;
      flagReason: string | null;
      address: string | null;
      serial: string | null;
      sanitizedAt: string | null;
      controller: {
        address: string;
        fingerprint: string | null;
        presented: string | null;
        state: string;
        stateAt: string | null;
        credential: "untried" | "good" | "rejected";
        passwordChangedAt: string | null;
        unresolved: string | null;
      };
      holder: {
        tenant: string;
        project: string;
        environment: string;
        since: string;
      } | null;
      hold: {
        id: string;
        tenant: string;
        project: string;
        heldBy: string;
        until: string;
      } | null;
      lent: {
        template: {
          id: string;
          name: string;
        };
        version: {
          id: string;
          number: number;
        };
        replayOf: string | null;
        lentBy: string;
      } | null;
      differences: Array<{
        field: "manufacturer" | "model" | "cpu.sockets" | "cpu.coresPerSocket" | "cpu.model" | "memory" | "gpu.count" | "gpu.model" | "gpu.memory" | "drives" | "nics.ethernet" | "nics.infiniband" | "nics.infinibandGbps" | "dpu.count" | "firmware" | "secureBoot" | "tpm" | "ipmiOverLan" | "certificate" | "accounts" | "record.accounts" | "record.firmware" | "record.bios";
        words: string;
      }>;
      accepted: Array<{
        field: "manufacturer" | "model" | "cpu.sockets" | "cpu.coresPerSocket" | "cpu.model" | "memory" | "gpu.count" | "gpu.model" | "gpu.memory" | "drives" | "nics.ethernet" | "nics.infiniband" | "nics.infinibandGbps" | "dpu.count" | "firmware" | "secureBoot" | "tpm" | "ipmiOverLan" | "certificate" | "accounts" | "record.accounts" | "record.firmware" | "record.bios";
        words: string;
        reason: string;
        by: string;
        at: string;
      }>;
      network: {
        driver: string | null;
        port: string | null;
      };
      operations: Array<{
        id: string;
        kind: string;
        state: "ready" | "running" | "waiting" | "stuck" | "succeeded" | "failed" | "aborted" | "superseded";
        goingBack: boolean;
        step: string | null;
        stepNumber: number;
        stepCount: number;
        waitReason: string | null;
        reason: string | null;
        nextTryAt: string | null;
        requestedByName: string | null;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
      }>;
      whyNot: {
        verify?: string;
        sanitize?: string;
        inspect?: string;
        rotate?: string;
        quarantined?: string;
        retired?: string;
      };
    };
  };
  /** What a node's controller has measured over the last hours or days. */
  getNodeSensors: {
    ask: {
      params: {
        node: string;
      };
      query?: {
        window?: "6h" | "24h" | "7d";
      };
    };
    answer: {
      window: "6h" | "24h" | "7d";
      nowMs: number;
      scrapeMs: number;
      grid: {
        fromMs: number;
        stepMs: number;
        count: number;
      };
      metrics: Record<string, {
        min: Array<number | null>;
        avg: Array<number | null>;
        max: Array<number | null>;
      }>;
      events: Array<{
        atMs: number;
        untilMs: number | null;
        kind: "critical" | "attention" | "neutral";
        words: string;
      }>;
      sensorsAt: string | null;
      logsAt: string | null;
      whyNot: string | null;
    };
  };
  /** Have a node verified or wiped, or its controller given a new password. */
  orderNode: {
    ask: {
      params: {
        node: string;
      };
      body: {
        order: "verify" | "sanitize" | "rotate";
      };
      key?: string;
    };
    answer: {
      operationId: string;
    };
  };
  /** Have a node inspected from within, and put to the test if that is asked. */
  inspectNode: {
    ask: {
      params: {
        node: string;
      };
      body: {
        level: "inspect" | "burn_in";
        seconds?: number;
      };
      key?: string;
    };
    answer: {
      operationId: string;
    };
  };
  /** Quarantine a node, or retire it for good. */
  setAsideNode: {
    ask: {
      params: {
        node: string;
      };
      body: {
        to: "quarantined" | "retired";
        reason: string;
      };
      key?: string;
    };
    answer: {
      nodeId: string;
    };
  };
  /** Set or clear what keeps a node from being given out. */
  flagNode: {
    ask: {
      params: {
        node: string;
      };
      body: {
        flag: "maintenance" | "cordoned";
        on: boolean;
        reason?: string;
      };
      key?: string;
    };
    answer: {
      nodeId: string;
    };
  };
  /** Have both passwords of a controller tried again, after it took neither. */
  retryRotation: {
    ask: {
      params: {
        node: string;
      };
      key?: string;
    };
    answer: {
      nodeId: string;
    };
  };
  /** Ask what enrolling the nodes of a list would do, line by line. */
  checkEnrolment: {
    ask: {
      body: {
        text: string;
        username: string;
        password: string;
      };
    };
    answer: {
      items: Array<{
        line: number;
        name: string;
        controllerAddress: string;
        outcome: "enrol" | "enrolled" | "refused";
        certificate: "given" | "to_confirm" | null;
        problems: Array<string>;
      }>;
    };
  };
  /** Enrol the nodes of a list. */
  enrolNodes: {
    ask: {
      body: {
        text: string;
        username: string;
        password: string;
      };
      key?: string;
    };
    answer: {
      items: Array<{
        line: number;
        name: string;
        controllerAddress: string;
        outcome: "enrol" | "enrolled" | "refused";
        certificate: "given" | "to_confirm" | null;
        problems: Array<string>;
      }>;
    };
  };
  /** Certificates of new nodes' controllers that wait to be confirmed, by node. */
  listCertificates: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        nodeId: string;
        name: string;
        place: string;
        controllerAddress: string;
        fingerprint: string;
      }>;
      total: number;
    };
  };
  /** Confirm the certificates that controllers show: all of them, or none. */
  confirmCertificates: {
    ask: {
      body: {
        certificates: Array<{
          nodeId: string;
          fingerprint: string;
        }>;
      };
      key?: string;
    };
    answer: {
      confirmed: number;
    };
  };
  /** Take differences of a node from its node type as they are. */
  acceptVariant: {
    ask: {
      params: {
        node: string;
      };
      body: {
        differences: Array<{
          field: "manufacturer" | "model" | "cpu.sockets" | "cpu.coresPerSocket" | "cpu.model" | "memory" | "gpu.count" | "gpu.model" | "gpu.memory" | "drives" | "nics.ethernet" | "nics.infiniband" | "nics.infinibandGbps" | "dpu.count" | "firmware" | "secureBoot" | "tpm" | "ipmiOverLan" | "certificate" | "accounts" | "record.accounts" | "record.firmware" | "record.bios";
          words: string;
        }>;
        reason: string;
      };
      key?: string;
    };
    answer: {
      nodeId: string;
    };
  };
  /** Take back that a node may differ from its node type. */
  withdrawVariant: {
    ask: {
      params: {
        node: string;
      };
      key?: string;
    };
    answer: {
      nodeId: string;
    };
  };
  /** Say which port joins a node to tenants' networks. */
  setNodePort: {
    ask: {
      params: {
        node: string;
      };
      body: {
        port: string;
      };
      key?: string;
    };
    answer: {
      nodeId: string;
    };
  };
  /** Every hold that goes on, with its nodes: the one that ends soonest first. */
  listFleetHolds: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        id: string;
        tenant: string;
        project: string;
        heldBy: string;
        since: string;
        until: string;
        nodes: Array<{
          id: string;
          name: string;
        }>;
      }>;
    };
  };
  /** End a hold, whose nodes are needed. */
  takeBackHold: {
    ask: {
      params: {
        hold: string;
      };
      key?: string;
    };
    answer: {
      holdId: string;
    };
  };
  /** Every pool by site and name, and the sites there are. */
  listPools: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        id: string;
        name: string;
        site: {
          id: string;
          name: string;
        };
        kind: "vlan" | "private_prefix" | "public_ip" | "pkey";
        itemLength: number | null;
        ranges: string;
        total: string;
        free: string;
        held: number;
        cooling: number;
        reserved: number;
        usedPercent: number;
        warnPercent: number;
        cooldownMinutes: number;
        level: "fine" | "filling" | "full";
        forecast: string;
      }>;
      sites: Array<{
        id: string;
        name: string;
      }>;
    };
  };
  /** Add a pool to a site. */
  createPool: {
    ask: {
      body: {
        siteId: string;
        kind: "vlan" | "private_prefix" | "public_ip" | "pkey";
        name: string;
        ranges: string;
        itemLength?: number | null;
        warnPercent: number;
        cooldownMinutes: number;
      };
      key?: string;
    };
    answer: {
      poolId: string;
    };
  };
  /** One pool, with what is not free and who has it. */
  getPool: {
    ask: {
      params: {
        pool: string;
      };
    };
    answer: {
      id: string;
      name: string;
      site: {
        id: string;
        name: string;
      };
      kind: "vlan" | "private_prefix" | "public_ip" | "pkey";
      itemLength: number | null;
      ranges: string;
      total: string;
      free: string;
      held: number;
      cooling: number;
      reserved: number;
      usedPercent: number;
      warnPercent: number;
      cooldownMinutes: number;
      level: "fine" | "filling" | "full";
      forecast: string;
      items: Array<{
        id: string;
        text: string;
        state: "held" | "cooling" | "reserved";
        since: string;
        coolsUntil: string | null;
        reason: string | null;
        holder: {
          environmentId: string;
          environment: string;
          project: string;
          tenant: string;
        } | null;
      }>;
      more: boolean;
    };
  };
  /** Say what a pool holds, when it warns and how long an item rests. */
  changePool: {
    ask: {
      params: {
        pool: string;
      };
      body: {
        ranges: string;
        warnPercent: number;
        cooldownMinutes: number;
      };
      key?: string;
    };
    answer: {
      poolId: string;
    };
  };
  /** Keep items of a pool out. */
  reservePoolItems: {
    ask: {
      params: {
        pool: string;
      };
      body: {
        items: string;
        reason: string;
      };
      key?: string;
    };
    answer: {
      reserved: number;
    };
  };
  /** Make a reserved item free. */
  liftReservation: {
    ask: {
      params: {
        item: string;
      };
      key?: string;
    };
    answer: {
      itemId: string;
    };
  };
  /** Take a pool out of use for good. */
  retirePool: {
    ask: {
      params: {
        pool: string;
      };
      key?: string;
    };
    answer: {
      poolId: string;
    };
  };
  /** Why nodes and GPUs are not well, the worst and newest first, fifty a page. */
  listHealth: {
    ask: {
      query?: {
        tab?: "open" | "handled" | "past";
        severity?: "warning" | "critical";
        search?: string;
        after?: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        code: string;
        severity: "warning" | "critical";
        title: string;
        advice: string;
        node: {
          id: string;
          name: string;
          rack: string;
        };
        gpu: number | null;
        uuid: string | null;
        holder: {
          tenant: string;
          environment: string;
          hostname: string;
          isOver: boolean;
        } | null;
        evidence: Record<string, number | string>;
        count: number;
        firstSeenAt: string;
        lastSeenAt: string;
        closed: {
          at: string;
          how: "quiet" | "ended" | "cleared";
        } | null;
        acknowledged: {
          at: string;
          by: string;
        } | null;
        note: string | null;
        silenced: {
          until: string;
          by: string;
          reason: string;
        } | null;
        holdsNode: boolean;
      }>;
      next: string | null;
    };
  };
  /** Say that an operator knows of a reason. */
  acknowledgeHealth: {
    ask: {
      params: {
        reason: string;
      };
      body: {
        note: string;
      };
      key?: string;
    };
    answer: {
      reasonId: string;
    };
  };
  /** Say that a reason is past. */
  clearHealth: {
    ask: {
      params: {
        reason: string;
      };
      body: {
        note: string;
      };
      key?: string;
    };
    answer: {
      reasonId: string;
    };
  };
  /** Take a reason out of what asks for attention, for 1, 4, 12, 24, 72 or 168 hours. */
  silenceHealth: {
    ask: {
      params: {
        reason: string;
      };
      body: {
        hours: number;
        reason: string;
      };
      key?: string;
    };
    answer: {
      reasonId: string;
    };
  };
  /** What operators are told nothing of, by when that ends. */
  listHealthSilences: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        id: string;
        what: string;
        code: string | null;
        place: {
          kind: "fleet" | "site" | "rack" | "node";
          id: string | null;
          name: string | null;
        };
        gpu: number | null;
        until: string;
        by: string;
        at: string;
        reason: string;
      }>;
    };
  };
  /** Silence a rule, or every one, in the fleet, a site, a rack or on a node. */
  addHealthSilence: {
    ask: {
      body: {
        siteId?: string;
        rackId?: string;
        nodeId?: string;
        code?: string;
        hours: number;
        reason: string;
      };
      key?: string;
    };
    answer: {
      silenceId: string;
    };
  };
  /** End a silence now. */
  endHealthSilence: {
    ask: {
      params: {
        silence: string;
      };
      key?: string;
    };
    answer: {
      silenceId: string;
    };
  };
  /** The rules that health is judged by, and what operators have changed of them. */
  listHealthRules: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        code: string;
        title: string;
        advice: string;
        source: string;
        threshold: {
          usual: number;
          unit: string;
          least: number;
          most: number;
          words: string;
        } | null;
        now: {
          enabled: boolean;
          severity: "warning" | "critical";
          opensAfterMs: number;
          closesAfterMs: number | null;
          threshold: number | null;
        };
        builtIn: {
          enabled: boolean;
          severity: "warning" | "critical";
          opensAfterMs: number;
          closesAfterMs: number | null;
          threshold: number | null;
        };
        changed: {
          enabled: boolean | null;
          severity: "warning" | "critical" | null;
          opensAfterMs: number | null;
          closesAfterMs: number | null;
          threshold: number | null;
          by: string;
          at: string;
        } | null;
      }>;
    };
  };
  /** Change a rule of health. */
  changeHealthRule: {
    ask: {
      body: {
        code: string;
        enabled?: boolean | null;
        severity?: "warning" | "critical" | null;
        opensAfterSeconds?: number | null;
        closesAfterSeconds?: number | null;
        threshold?: number | null;
      };
      key?: string;
    };
    answer: {
      code: string;
    };
  };
  /** Have a rule of health be as it is built in. */
  resetHealthRule: {
    ask: {
      body: {
        code: string;
      };
      key?: string;
    };
    answer: {
      code: string;
    };
  };
  /** Every config context by name, with what it has, where it goes and who has it. */
  listContexts: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        id: string;
        name: string;
        description: string;
        variables: number;
        files: number;
        secrets: number;
        oldestRotation: string | null;
        attachedTo: Array<{
          kind: "template" | "project" | "provider";
          name: string;
        }>;
        environments: number;
        behind: number;
      }>;
    };
  };
  /** Create a config context of variables and files. */
  createContext: {
    ask: {
      body: {
        name: string;
        description?: string;
        variables?: Array<{
          name: string;
          value: string;
        }>;
        files?: Array<{
          path: string;
          mode: string;
          content: string;
        }>;
      };
      key?: string;
    };
    answer: {
      contextId: string;
    };
  };
  /** One config context, with the names of its secrets and where it could be attached. */
  getContext: {
    ask: {
      params: {
        context: string;
      };
    };
    answer: {
      id: string;
      name: string;
      description: string;
      changedAt: string;
      variables: Array<{
        name: string;
        value: string;
      }>;
      files: Array<{
        path: string;
        mode: string;
        content: string;
      }>;
      secrets: Array<{
        name: string;
        rotatedAt: string;
        rotatedBy: string;
        older: number;
      }>;
      attachments: Array<{
        kind: "template" | "project" | "provider";
        id: string;
        name: string;
      }>;
      places: Array<{
        kind: "template" | "project" | "provider";
        id: string;
        name: string;
      }>;
      environments: Array<{
        id: string;
        name: string;
        tenant: {
          slug: string;
          name: string;
        };
        project: {
          slug: string;
          name: string;
        };
        launchedAt: string;
        olderSecrets: Array<string>;
      }>;
    };
  };
  /** Replace description, variables and files of a config context. */
  changeContext: {
    ask: {
      params: {
        context: string;
      };
      body: {
        seen: string;
        description: string;
        variables: Array<{
          name: string;
          value: string;
        }>;
        files: Array<{
          path: string;
          mode: string;
          content: string;
        }>;
      };
      key?: string;
    };
    answer: {
      changedAt: string;
    };
  };
  /** Have a config context go with a template, a project or a provider. */
  attachContext: {
    ask: {
      params: {
        context: string;
      };
      body: {
        to: string;
      };
      key?: string;
    };
    answer: {
      contextId: string;
    };
  };
  /** Have a config context go no more with a template, a project or a provider. */
  detachContext: {
    ask: {
      params: {
        context: string;
      };
      body: {
        to: string;
      };
      key?: string;
    };
    answer: {
      contextId: string;
    };
  };
  /** Remove a config context and its secrets. */
  removeContext: {
    ask: {
      params: {
        context: string;
      };
      key?: string;
    };
    answer: {
      contextId: string;
    };
  };
  /** Every image by name, with what uses it and who may run it. */
  listFleetImages: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        id: string;
        name: string;
        version: string;
        purpose: "tenant" | "sanitize" | "install" | "inspect";
        state: "unverified" | "approved" | "rejected" | "retired";
        stateReason: string | null;
        form: "disk" | "memory";
        files: Array<{
          name: string;
          sha256: string;
        }>;
        diskBytes: number | null;
        kernelArgs: string;
        defaultUser: string;
        createdAt: string;
        defaultOf: Array<string>;
        sharedWith: Array<string>;
        sharedWithTenants: Array<string>;
      }>;
    };
  };
  /** Make an operating system known by its files. */
  registerImage: {
    ask: {
      body: {
        form: "memory";
        name: string;
        version: string;
        defaultUser: string;
        purpose: "tenant" | "sanitize" | "install" | "inspect";
        kernelFile: string;
        kernelSha256: string;
        initrdFile: string;
        initrdSha256: string;
        kernelArgs: string;
      } | {
        form: "disk";
        name: string;
        version: string;
        defaultUser: string;
        purpose: "tenant";
        diskFile: string;
        diskSha256: string;
        diskBytes: number;
      };
      key?: string;
    };
    answer: {
      imageId: string;
    };
  };
  /** Have an image's files checked again, or retire it. */
  reviewImage: {
    ask: {
      params: {
        image: string;
      };
      body: {
        to: "unverified" | "retired";
      };
      key?: string;
    };
    answer: {
      imageId: string;
    };
  };
  /** Say which tenants and projects may run an image, and no others. */
  shareImage: {
    ask: {
      params: {
        image: string;
      };
      body: {
        tenantIds?: Array<string>;
        projectIds: Array<string>;
      };
      key?: string;
    };
    answer: {
      projects: number;
    };
  };
  /** Every node type by name, with how many nodes are of it. */
  listNodeTypes: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        id: string;
        name: string;
        spec: {
          manufacturer?: string;
          model?: string;
          heightUnits?: number;
          cpu?: {
            sockets: number;
            coresPerSocket?: number;
            model?: string;
          };
          memory?: {
            gib: number;
            tolerancePercent: number;
          };
          gpu?: {
            model?: string;
            count: number;
            memoryGib?: number;
          } | null;
          drives?: {
            count: number;
            minSizeGb?: number;
          };
          nics?: {
            ethernet?: number;
            infiniband?: number;
            infinibandGbps?: number;
          };
          dpus?: {
            count: number;
          };
          baseline?: {
            firmware?: Array<{
              component: string;
              match: "at_least" | "exactly";
              version: string;
              required?: boolean;
            }>;
            secureBoot?: {
              want: "on" | "off";
              required?: boolean;
            };
            tpm?: {
              want: "present" | "2.0";
              required?: boolean;
            };
            ipmiOff?: {
              required?: boolean;
            };
            certificate?: {
              maxAgeDays?: number;
              required?: boolean;
            };
            accounts?: {
              allowed: Array<string>;
              required?: boolean;
            };
          };
          wipe?: {
            controllerPassword?: "off" | "offered" | "required";
            biosReset?: "off" | "offered" | "required";
            tpmClear?: "off" | "offered" | "required";
          };
          inspection?: {
            level: "inspect" | "burn_in";
            seconds?: number;
          };
          withoutGpuTests?: string;
        };
        nodes: number;
        differing: number;
        profiles: Array<string>;
      }>;
    };
  };
  /** Say what hardware a kind of node is expected to have. */
  createNodeType: {
    ask: {
      body: {
        name: string;
        spec: {
          manufacturer?: string;
          model?: string;
          heightUnits?: number;
          cpu?: {
            sockets: number;
            coresPerSocket?: number;
            model?: string;
          };
          memory?: {
            gib: number;
            tolerancePercent: number;
          };
          gpu?: {
            model?: string;
            count: number;
            memoryGib?: number;
          } | null;
          drives?: {
            count: number;
            minSizeGb?: number;
          };
          nics?: {
            ethernet?: number;
            infiniband?: number;
            infinibandGbps?: number;
          };
          dpus?: {
            count: number;
          };
          baseline?: {
            firmware?: Array<{
              component: string;
              match: "at_least" | "exactly";
              version: string;
              required?: boolean;
            }>;
            secureBoot?: {
              want: "on" | "off";
              required?: boolean;
            };
            tpm?: {
              want: "present" | "2.0";
              required?: boolean;
            };
            ipmiOff?: {
              required?: boolean;
            };
            certificate?: {
              maxAgeDays?: number;
              required?: boolean;
            };
            accounts?: {
              allowed: Array<string>;
              required?: boolean;
            };
          };
          wipe?: {
            controllerPassword?: "off" | "offered" | "required";
            biosReset?: "off" | "offered" | "required";
            tpmClear?: "off" | "offered" | "required";
          };
          inspection?: {
            level: "inspect" | "burn_in";
            seconds?: number;
          };
          withoutGpuTests?: string;
        };
      };
      key?: string;
    };
    answer: {
      nodeTypeId: string;
    };
  };
  /** One node type. */
  getNodeType: {
    ask: {
      params: {
        nodeType: string;
      };
    };
    answer: {
      id: string;
      name: string;
      spec: {
        manufacturer?: string;
        model?: string;
        heightUnits?: number;
        cpu?: {
          sockets: number;
          coresPerSocket?: number;
          model?: string;
        };
        memory?: {
          gib: number;
          tolerancePercent: number;
        };
        gpu?: {
          model?: string;
          count: number;
          memoryGib?: number;
        } | null;
        drives?: {
          count: number;
          minSizeGb?: number;
        };
        nics?: {
          ethernet?: number;
          infiniband?: number;
          infinibandGbps?: number;
        };
        dpus?: {
          count: number;
        };
        baseline?: {
          firmware?: Array<{
            component: string;
            match: "at_least" | "exactly";
            version: string;
            required?: boolean;
          }>;
          secureBoot?: {
            want: "on" | "off";
            required?: boolean;
          };
          tpm?: {
            want: "present" | "2.0";
            required?: boolean;
          };
          ipmiOff?: {
            required?: boolean;
          };
          certificate?: {
            maxAgeDays?: number;
            required?: boolean;
          };
          accounts?: {
            allowed: Array<string>;
            required?: boolean;
          };
        };
        wipe?: {
          controllerPassword?: "off" | "offered" | "required";
          biosReset?: "off" | "offered" | "required";
          tpmClear?: "off" | "offered" | "required";
        };
        inspection?: {
          level: "inspect" | "burn_in";
          seconds?: number;
        };
        withoutGpuTests?: string;
      };
    };
  };
  /** Change what a node type expects. */
  changeNodeType: {
    ask: {
      params: {
        nodeType: string;
      };
      body: {
        name: string;
        spec: {
          manufacturer?: string;
          model?: string;
          heightUnits?: number;
          cpu?: {
            sockets: number;
            coresPerSocket?: number;
            model?: string;
          };
          memory?: {
            gib: number;
            tolerancePercent: number;
          };
          gpu?: {
            model?: string;
            count: number;
            memoryGib?: number;
          } | null;
          drives?: {
            count: number;
            minSizeGb?: number;
          };
          nics?: {
            ethernet?: number;
            infiniband?: number;
            infinibandGbps?: number;
          };
          dpus?: {
            count: number;
          };
          baseline?: {
            firmware?: Array<{
              component: string;
              match: "at_least" | "exactly";
              version: string;
              required?: boolean;
            }>;
            secureBoot?: {
              want: "on" | "off";
              required?: boolean;
            };
            tpm?: {
              want: "present" | "2.0";
              required?: boolean;
            };
            ipmiOff?: {
              required?: boolean;
            };
            certificate?: {
              maxAgeDays?: number;
              required?: boolean;
            };
            accounts?: {
              allowed: Array<string>;
              required?: boolean;
            };
          };
          wipe?: {
            controllerPassword?: "off" | "offered" | "required";
            biosReset?: "off" | "offered" | "required";
            tpmClear?: "off" | "offered" | "required";
          };
          inspection?: {
            level: "inspect" | "burn_in";
            seconds?: number;
          };
          withoutGpuTests?: string;
        };
      };
      key?: string;
    };
    answer: {
      nodeTypeId: string;
    };
  };
  /** Every compute profile by name, with who may have it and how much is free. */
  listProfiles: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        id: string;
        name: string;
        displayName: string;
        description: string;
        state: "draft" | "active" | "deprecated" | "disabled";
        gpusPerNode: number;
        gpuModel: string | null;
        longestLeaseHours: number | null;
        priceCents: number | null;
        gpuSharing: "none" | "mig" | "time_slicing" | "mps";
        containerRuntime: "runc" | "kata";
        storageClasses: Array<string>;
        image: string;
        freeNodes: number;
        heldNodes: number;
        sharedWith: Array<string>;
        sharedWithTenants: Array<string>;
        nodeType: string;
        imageState: "unverified" | "approved" | "rejected" | "retired";
        onHoldNodes: number;
      }>;
      currency: string;
    };
  };
  /** Add a compute profile. */
  createProfile: {
    ask: {
      body: {
        displayName: string;
        description: string;
        defaultImageId: string;
        allowedImageIds?: Array<string>;
        longestLeaseHours?: number | null;
        priceCents?: number | null;
        gpuSharing?: "none" | "mig" | "time_slicing" | "mps";
        containerRuntime?: "runc" | "kata";
        storageClasses?: Array<string>;
        name: string;
        nodeTypeId: string;
        gpusPerNode: 0 | 1 | 4 | 8;
        gpuModel: string;
      };
      key?: string;
    };
    answer: {
      profileId: string;
    };
  };
  /** One compute profile with its versions, newest first. */
  getProfile: {
    ask: {
      params: {
        profile: string;
      };
      query?: {
        from?: number;
        to?: number;
      };
    };
    answer: {
      id: string;
      name: string;
      displayName: string;
      description: string;
      state: "draft" | "active" | "deprecated" | "disabled";
      gpusPerNode: number;
      gpuModel: string | null;
      longestLeaseHours: number | null;
      priceCents: number | null;
      gpuSharing: "none" | "mig" | "time_slicing" | "mps";
      containerRuntime: "runc" | "kata";
      storageClasses: Array<string>;
      image: string;
      freeNodes: number;
      heldNodes: number;
      sharedWith: Array<string>;
      sharedWithTenants: Array<string>;
      version: number;
      nodeType: {
        id: string;
        name: string;
      };
      allowedImages: Array<string> | null;
      currency: string;
      timeToReady: {
        p50Ms: number;
        p90Ms: number;
        nodes: number;
      } | null;
      versions: Array<{
        version: number;
        state: "draft" | "active" | "deprecated" | "disabled";
        writtenAt: string;
        publishedAt: string | null;
        changes: Array<{
          what: string;
          before: string | null;
          after: string | null;
        }> | null;
        heldNodes: number;
      }>;
      comparison: {
        from: number;
        to: number;
        changes: Array<{
          what: string;
          before: string | null;
          after: string | null;
        }>;
      } | null;
      terms: {
        displayName: string;
        description: string;
        defaultImageId: string;
        allowedImageIds: Array<string>;
        longestLeaseHours: number | null;
        priceCents: number | null;
        gpuSharing: "none" | "mig" | "time_slicing" | "mps";
        containerRuntime: "runc" | "kata";
        storageClasses: Array<string>;
      };
      templates: Array<{
        id: string;
        name: string;
      }>;
    };
  };
  /** Write other terms for a compute profile, in place of a draft there was. */
  draftProfile: {
    ask: {
      params: {
        profile: string;
      };
      body: {
        displayName: string;
        description: string;
        defaultImageId: string;
        allowedImageIds?: Array<string>;
        longestLeaseHours?: number | null;
        priceCents?: number | null;
        gpuSharing?: "none" | "mig" | "time_slicing" | "mps";
        containerRuntime?: "runc" | "kata";
        storageClasses?: Array<string>;
      };
      key?: string;
    };
    answer: {
      version: number;
      writtenAt: string;
    };
  };
  /** Offer the terms of a draft from now on. */
  publishProfile: {
    ask: {
      params: {
        profile: string;
      };
      body: {
        version: number;
        writtenAt: string;
      };
      key?: string;
    };
    answer: {
      profileId: string;
    };
  };
  /** Take a draft away. */
  discardProfileDraft: {
    ask: {
      params: {
        profile: string;
      };
      body: {
        version: number;
        writtenAt: string;
      };
      key?: string;
    };
    answer: {
      profileId: string;
    };
  };
  /** Move a compute profile to another state. */
  moveProfile: {
    ask: {
      params: {
        profile: string;
      };
      body: {
        to: "draft" | "active" | "deprecated" | "disabled";
      };
      key?: string;
    };
    answer: {
      profileId: string;
    };
  };
  /** Say which tenants and projects may take nodes of a compute profile, and no others. */
  shareProfile: {
    ask: {
      params: {
        profile: string;
      };
      body: {
        tenantIds?: Array<string>;
        projectIds: Array<string>;
      };
      key?: string;
    };
    answer: {
      projects: number;
    };
  };
  /** Say what prices are told in. */
  setCurrency: {
    ask: {
      body: {
        code: string;
      };
      key?: string;
    };
    answer: {
      code: string;
    };
  };
  /** Every template by name, with its newest version and how much it is used. */
  listTemplates: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        id: string;
        name: string;
        description: string;
        publishedVersion: number | null;
        latestVersion: number;
        latestState: "draft" | "published" | "retired";
        projects: number;
        environments: number;
      }>;
    };
  };
  /** Add a template with its first version, a draft. */
  createTemplate: {
    ask: {
      body: {
        name: string;
        description: string;
        readme: string;
        groups: Array<{
          name: string;
          role: "gpu_worker" | "control_plane" | "cpu";
          profileId: string;
          minCount: number;
          defaultCount: number;
          maxCount: number;
        }>;
        bootConfig: {
          packages: Array<string>;
          commands: Array<Array<string>>;
        };
        longestLeaseHours?: number | null;
        network?: {
          isPrivate: boolean;
          hasPartition: boolean;
          publicAddresses: "none" | "per_node";
        };
        inputs?: Array<{
          name: string;
          label: string;
          help: string;
          section: string;
          type: "string" | "text" | "number" | "boolean" | "enum" | "multi_enum" | "duration" | "cidr" | "ssh_keys" | "image" | "secret" | "json";
          required: boolean;
          default: string | number | boolean | Array<string> | null;
          options: Array<string>;
          pattern: string | null;
          min: number | null;
          max: number | null;
          showIf: {
            input: string;
            is: "equal" | "not_equal";
            value: string;
          } | null;
          override: "allowed" | "restricted" | "fixed";
          allowed: Array<string>;
          changeable?: boolean;
        }>;
        hooks?: Array<{
          name: string;
          point: "before_allocate" | "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "before_bootstrap" | "after_bootstrap" | "before_validate" | "after_validate" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
          kind: "script" | "http" | "approval" | "wait";
          providerId: string | null;
          outputs?: Array<string>;
          approvers: {
            kind: "operators" | "tenant_admins" | "people";
            emails: Array<string>;
          } | null;
          script?: {
            text: string;
            outputs: Array<string>;
          } | null;
          until?: {
            url: string;
            certificatePem: string;
          } | null;
          seconds: number;
          retries: number;
          backoffSeconds: number;
          onFailure: "abort" | "continue" | "quarantine";
          executeOnce: boolean;
          skipIf: {
            input: string;
            is: "equal" | "not_equal";
            value: string;
          } | null;
        }>;
        actions?: Array<{
          name: string;
          label: string;
          help: string;
          role: "member" | "admin";
          confirmation: string;
          inputs: Array<{
            name: string;
            label: string;
            help: string;
            section: string;
            type: "string" | "text" | "number" | "boolean" | "enum" | "multi_enum" | "duration" | "cidr" | "ssh_keys" | "image" | "secret" | "json";
            required: boolean;
            default: string | number | boolean | Array<string> | null;
            options: Array<string>;
            pattern: string | null;
            min: number | null;
            max: number | null;
            showIf: {
              input: string;
              is: "equal" | "not_equal";
              value: string;
            } | null;
            override: "allowed" | "restricted" | "fixed";
            allowed: Array<string>;
            changeable?: boolean;
          }>;
          hooks: Array<string>;
        }>;
      };
      key?: string;
    };
    answer: {
      templateId: string;
      templateVersionId: string;
    };
  };
  /** One template with its versions, newest first. */
  getTemplate: {
    ask: {
      params: {
        template: string;
      };
      query?: {
        from?: number;
        to?: number;
      };
    };
    answer: {
      id: string;
      name: string;
      versions: Array<{
        id: string;
        version: number;
        state: "draft" | "published" | "retired";
        isOffered: boolean;
        createdAt: string;
        environments: number;
        changes: Array<{
          what: string;
          before: string | null;
          after: string | null;
        }> | null;
        whyNotPublished: string | null;
      }>;
      comparison: {
        from: number;
        to: number;
        changes: Array<{
          what: string;
          before: string | null;
          after: string | null;
        }>;
      } | null;
      sharedWith: Array<string>;
      sharedWithTenants: Array<string>;
    };
  };
  /** Say which tenants and projects may launch a template, and no others. */
  shareTemplate: {
    ask: {
      params: {
        template: string;
      };
      body: {
        tenantIds?: Array<string>;
        projectIds: Array<string>;
      };
      key?: string;
    };
    answer: {
      projects: number;
    };
  };
  /** Add the next version of a template, a draft. */
  addTemplateVersion: {
    ask: {
      params: {
        template: string;
      };
      body: {
        description?: string;
        readme?: string;
        groups: Array<{
          name: string;
          role: "gpu_worker" | "control_plane" | "cpu";
          profileId: string;
          minCount: number;
          defaultCount: number;
          maxCount: number;
        }>;
        bootConfig: {
          packages: Array<string>;
          commands: Array<Array<string>>;
        };
        longestLeaseHours?: number | null;
        network?: {
          isPrivate: boolean;
          hasPartition: boolean;
          publicAddresses: "none" | "per_node";
        };
        inputs?: Array<{
          name: string;
          label: string;
          help: string;
          section: string;
          type: "string" | "text" | "number" | "boolean" | "enum" | "multi_enum" | "duration" | "cidr" | "ssh_keys" | "image" | "secret" | "json";
          required: boolean;
          default: string | number | boolean | Array<string> | null;
          options: Array<string>;
          pattern: string | null;
          min: number | null;
          max: number | null;
          showIf: {
            input: string;
            is: "equal" | "not_equal";
            value: string;
          } | null;
          override: "allowed" | "restricted" | "fixed";
          allowed: Array<string>;
          changeable?: boolean;
        }>;
        hooks?: Array<{
          name: string;
          point: "before_allocate" | "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "before_bootstrap" | "after_bootstrap" | "before_validate" | "after_validate" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
          kind: "script" | "http" | "approval" | "wait";
          providerId: string | null;
          outputs?: Array<string>;
          approvers: {
            kind: "operators" | "tenant_admins" | "people";
            emails: Array<string>;
          } | null;
          script?: {
            text: string;
            outputs: Array<string>;
          } | null;
          until?: {
            url: string;
            certificatePem: string;
          } | null;
          seconds: number;
          retries: number;
          backoffSeconds: number;
          onFailure: "abort" | "continue" | "quarantine";
          executeOnce: boolean;
          skipIf: {
            input: string;
            is: "equal" | "not_equal";
            value: string;
          } | null;
        }>;
        actions?: Array<{
          name: string;
          label: string;
          help: string;
          role: "member" | "admin";
          confirmation: string;
          inputs: Array<{
            name: string;
            label: string;
            help: string;
            section: string;
            type: "string" | "text" | "number" | "boolean" | "enum" | "multi_enum" | "duration" | "cidr" | "ssh_keys" | "image" | "secret" | "json";
            required: boolean;
            default: string | number | boolean | Array<string> | null;
            options: Array<string>;
            pattern: string | null;
            min: number | null;
            max: number | null;
            showIf: {
              input: string;
              is: "equal" | "not_equal";
              value: string;
            } | null;
            override: "allowed" | "restricted" | "fixed";
            allowed: Array<string>;
            changeable?: boolean;
          }>;
          hooks: Array<string>;
        }>;
      };
      key?: string;
    };
    answer: {
      templateVersionId: string;
      version: number;
    };
  };
  /** One version of a template, with what it is made of. */
  getTemplateVersion: {
    ask: {
      params: {
        templateVersion: string;
      };
    };
    answer: {
      id: string;
      version: number;
      state: "draft" | "published" | "retired";
      isOffered: boolean;
      createdAt: string;
      environments: number;
      changes: Array<{
        what: string;
        before: string | null;
        after: string | null;
      }> | null;
      whyNotPublished: string | null;
      template: {
        id: string;
        name: string;
      };
      definition: {
        description: string;
        readme: string;
        groups: Array<{
          name: string;
          role: "gpu_worker" | "control_plane" | "cpu";
          profileId: string;
          minCount: number;
          defaultCount: number;
          maxCount: number;
        }>;
        bootConfig: {
          packages: Array<string>;
          commands: Array<Array<string>>;
        };
        longestLeaseHours: number | null;
        network: {
          isPrivate: boolean;
          hasPartition: boolean;
          publicAddresses: "none" | "per_node";
        };
        inputs: Array<{
          name: string;
          label: string;
          help: string;
          section: string;
          type: "string" | "text" | "number" | "boolean" | "enum" | "multi_enum" | "duration" | "cidr" | "ssh_keys" | "image" | "secret" | "json";
          required: boolean;
          default: string | number | boolean | Array<string> | null;
          options: Array<string>;
          pattern: string | null;
          min: number | null;
          max: number | null;
          showIf: {
            input: string;
            is: "equal" | "not_equal";
            value: string;
          } | null;
          override: "allowed" | "restricted" | "fixed";
          allowed: Array<string>;
          changeable?: boolean;
        }>;
        hooks: Array<{
          name: string;
          point: "before_allocate" | "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "before_bootstrap" | "after_bootstrap" | "before_validate" | "after_validate" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
          kind: "script" | "http" | "approval" | "wait";
          providerId: string | null;
          outputs?: Array<string>;
          approvers: {
            kind: "operators" | "tenant_admins" | "people";
            emails: Array<string>;
          } | null;
          script?: {
            text: string;
            outputs: Array<string>;
          } | null;
          until?: {
            url: string;
            certificatePem: string;
          } | null;
          seconds: number;
          retries: number;
          backoffSeconds: number;
          onFailure: "abort" | "continue" | "quarantine";
          executeOnce: boolean;
          skipIf: {
            input: string;
            is: "equal" | "not_equal";
            value: string;
          } | null;
        }>;
        actions: Array<{
          name: string;
          label: string;
          help: string;
          role: "member" | "admin";
          confirmation: string;
          inputs: Array<{
            name: string;
            label: string;
            help: string;
            section: string;
            type: "string" | "text" | "number" | "boolean" | "enum" | "multi_enum" | "duration" | "cidr" | "ssh_keys" | "image" | "secret" | "json";
            required: boolean;
            default: string | number | boolean | Array<string> | null;
            options: Array<string>;
            pattern: string | null;
            min: number | null;
            max: number | null;
            showIf: {
              input: string;
              is: "equal" | "not_equal";
              value: string;
            } | null;
            override: "allowed" | "restricted" | "fixed";
            allowed: Array<string>;
            changeable?: boolean;
          }>;
          hooks: Array<string>;
        }>;
      };
      profiles: Array<{
        id: string;
        name: string;
        state: "draft" | "active" | "deprecated" | "disabled";
      }>;
      userData: string;
    };
  };
  /** Publish a draft, or retire a version. */
  moveTemplateVersion: {
    ask: {
      params: {
        templateVersion: string;
      };
      body: {
        to: "published" | "retired";
      };
      key?: string;
    };
    answer: {
      templateVersionId: string;
    };
  };
  /** The last five dry runs of a template's version, newest first. */
  listDryRuns: {
    ask: {
      params: {
        templateVersion: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        requestedByName: string;
        createdAt: string;
        deadlineAt: string;
        isOpen: boolean;
        lent: {
          node: {
            id: string;
            name: string;
            lifecycle: "enrolled" | "verifying" | "discovering" | "validating" | "available" | "reserved" | "deploying" | "active" | "releasing" | "sanitizing" | "failed" | "quarantined" | "retired";
          };
          hostname: string;
          isTakenBack: boolean;
          operation: {
            id: string;
            kind: string;
            state: "ready" | "running" | "waiting" | "stuck" | "succeeded" | "failed" | "aborted" | "superseded";
            goingBack: boolean;
            step: string | null;
            stepNumber: number;
            stepCount: number;
            waitReason: string | null;
            reason: string | null;
            nextTryAt: string | null;
            requestedByName: string | null;
            createdAt: string;
            startedAt: string | null;
            finishedAt: string | null;
          };
        } | null;
        calls: Array<{
          id: string;
          name: string;
          point: "before_allocate" | "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "before_bootstrap" | "after_bootstrap" | "before_validate" | "after_validate" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
          operation: "environment.launch" | "environment.stop" | "environment.start" | "environment.restart" | "environment.reinstall" | "environment.release" | "environment.act";
          kind: "script" | "http" | "approval" | "wait";
          provider: string;
          state: "ready" | "running" | "ended" | "skipped";
          answer: "done" | "again" | "failed" | "transient" | "none" | "not_asked" | null;
          words: string;
          input: Record<string, unknown>;
          outputs: Record<string, unknown> | null;
          log: string;
          durationMs: number | null;
          script: {
            id: string;
            hostname: string;
            attempt: number;
            state: "offered" | "running" | "succeeded" | "failed";
            words: string;
            exitCode: number | null;
            log: string;
            leftOut: number;
            bytesLeftOut: number;
            logBytes: number;
            startedAt: string | null;
            finishedAt: string | null;
          } | null;
        }>;
      }>;
    };
  };
  /** Have the providers of a version's hooks asked as a launch would, with the mark of a dry run. */
  startDryRun: {
    ask: {
      params: {
        templateVersion: string;
      };
      body: {
        counts: Record<string, number>;
        inputs?: Record<string, string | number | boolean | Array<string>>;
        hook?: string | null;
      };
      key?: string;
    };
    answer: {
      dryRunId: string;
    };
  };
  /** Lend a free node to a dry run of a version, so that its scripts run. */
  rehearseTemplate: {
    ask: {
      params: {
        templateVersion: string;
      };
      body: {
        counts: Record<string, number>;
        inputs?: Record<string, string | number | boolean | Array<string>>;
        hook?: string | null;
        nodeId: string;
      };
      key?: string;
    };
    answer: {
      dryRunId: string;
      operationId: string;
    };
  };
  /** Take the node of a dry run back: what runs is broken off, and it is wiped. */
  takeBackNode: {
    ask: {
      params: {
        dryRun: string;
      };
      key?: string;
    };
    answer: {
      dryRunId: string;
    };
  };
  /** One dry run or replay, with what each provider was asked and answered. */
  getDryRun: {
    ask: {
      params: {
        dryRun: string;
      };
    };
    answer: {
      id: string;
      requestedByName: string;
      createdAt: string;
      deadlineAt: string;
      isOpen: boolean;
      lent: {
        node: {
          id: string;
          name: string;
          lifecycle: "enrolled" | "verifying" | "discovering" | "validating" | "available" | "reserved" | "deploying" | "active" | "releasing" | "sanitizing" | "failed" | "quarantined" | "retired";
        };
        hostname: string;
        isTakenBack: boolean;
        operation: {
          id: string;
          kind: string;
          state: "ready" | "running" | "waiting" | "stuck" | "succeeded" | "failed" | "aborted" | "superseded";
          goingBack: boolean;
          step: string | null;
          stepNumber: number;
          stepCount: number;
          waitReason: string | null;
          reason: string | null;
          nextTryAt: string | null;
          requestedByName: string | null;
          createdAt: string;
          startedAt: string | null;
          finishedAt: string | null;
        };
      } | null;
      calls: Array<{
        id: string;
        name: string;
        point: "before_allocate" | "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "before_bootstrap" | "after_bootstrap" | "before_validate" | "after_validate" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
        operation: "environment.launch" | "environment.stop" | "environment.start" | "environment.restart" | "environment.reinstall" | "environment.release" | "environment.act";
        kind: "script" | "http" | "approval" | "wait";
        provider: string;
        state: "ready" | "running" | "ended" | "skipped";
        answer: "done" | "again" | "failed" | "transient" | "none" | "not_asked" | null;
        words: string;
        input: Record<string, unknown>;
        outputs: Record<string, unknown> | null;
        log: string;
        durationMs: number | null;
        script: {
          id: string;
          hostname: string;
          attempt: number;
          state: "offered" | "running" | "succeeded" | "failed";
          words: string;
          exitCode: number | null;
          log: string;
          leftOut: number;
          bytesLeftOut: number;
          logBytes: number;
          startedAt: string | null;
          finishedAt: string | null;
        } | null;
      }>;
    };
  };
  /** The last five replays of a run of a hook, newest first. */
  listReplays: {
    ask: {
      params: {
        hookRun: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        requestedByName: string;
        createdAt: string;
        deadlineAt: string;
        isOpen: boolean;
        lent: {
          node: {
            id: string;
            name: string;
            lifecycle: "enrolled" | "verifying" | "discovering" | "validating" | "available" | "reserved" | "deploying" | "active" | "releasing" | "sanitizing" | "failed" | "quarantined" | "retired";
          };
          hostname: string;
          isTakenBack: boolean;
          operation: {
            id: string;
            kind: string;
            state: "ready" | "running" | "waiting" | "stuck" | "succeeded" | "failed" | "aborted" | "superseded";
            goingBack: boolean;
            step: string | null;
            stepNumber: number;
            stepCount: number;
            waitReason: string | null;
            reason: string | null;
            nextTryAt: string | null;
            requestedByName: string | null;
            createdAt: string;
            startedAt: string | null;
            finishedAt: string | null;
          };
        } | null;
        calls: Array<{
          id: string;
          name: string;
          point: "before_allocate" | "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "before_bootstrap" | "after_bootstrap" | "before_validate" | "after_validate" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
          operation: "environment.launch" | "environment.stop" | "environment.start" | "environment.restart" | "environment.reinstall" | "environment.release" | "environment.act";
          kind: "script" | "http" | "approval" | "wait";
          provider: string;
          state: "ready" | "running" | "ended" | "skipped";
          answer: "done" | "again" | "failed" | "transient" | "none" | "not_asked" | null;
          words: string;
          input: Record<string, unknown>;
          outputs: Record<string, unknown> | null;
          log: string;
          durationMs: number | null;
          script: {
            id: string;
            hostname: string;
            attempt: number;
            state: "offered" | "running" | "succeeded" | "failed";
            words: string;
            exitCode: number | null;
            log: string;
            leftOut: number;
            bytesLeftOut: number;
            logBytes: number;
            startedAt: string | null;
            finishedAt: string | null;
          } | null;
        }>;
      }>;
    };
  };
  /** Ask the provider of a past run of a hook once more, with the mark of a dry run. */
  replayHook: {
    ask: {
      params: {
        hookRun: string;
      };
      key?: string;
    };
    answer: {
      dryRunId: string;
    };
  };
  /** Lend a free node to a replay of a past run of a hook that runs on nodes. */
  rehearseHook: {
    ask: {
      params: {
        hookRun: string;
      };
      body: {
        nodeId: string;
      };
      key?: string;
    };
    answer: {
      dryRunId: string;
      operationId: string;
    };
  };
  /** What each tenant may use of the catalogue, as a whole or in some of its projects. */
  getSharing: {
    ask: {
      query?: {
        tenant?: string;
        after?: string;
        limit?: number;
      };
    };
    answer: {
      items: Array<{
        id: string;
        slug: string;
        name: string;
        projects: number;
        has: Array<{
          partId: string;
          isWhole: boolean;
          projects: number;
        }>;
      }>;
      next: string | null;
      parts: Array<{
        kind: "template";
        id: string;
        name: string;
        note: string | null;
      } | {
        kind: "profile";
        id: string;
        name: string;
        note: string | null;
      } | {
        kind: "image";
        id: string;
        name: string;
        note: string | null;
      }>;
      projects: Array<{
        id: string;
        name: string;
        has: Array<string>;
      }> | null;
    };
  };
  /** Share a part of the catalogue with tenants and projects, or take it from them. */
  changeShares: {
    ask: {
      body: {
        kind: "template";
        id: string;
        tenantIds?: Array<string>;
        projectIds?: Array<string>;
        isShared: boolean;
      } | {
        kind: "profile";
        id: string;
        tenantIds?: Array<string>;
        projectIds?: Array<string>;
        isShared: boolean;
      } | {
        kind: "image";
        id: string;
        tenantIds?: Array<string>;
        projectIds?: Array<string>;
        isShared: boolean;
      };
      key?: string;
    };
    answer: {
      tenants: Array<string>;
      projects: Array<string>;
    };
  };
};

/** What is wrong, then what to do (RFC 9457). */
export type Problem = {
  type: string;
  status: number;
  title: string;
  detail: string;
  requestId: string;
  errors?: Array<{
    pointer: string;
    detail: string;
  }>;
};

const routes: Record<keyof Operations, readonly [method: string, path: string]> = {
  getMe: ["GET", "/me"],
  listProjects: ["GET", "/projects"],
  listSshKeys: ["GET", "/ssh-keys"],
  getCatalogue: ["GET", "/tenants/{tenant}/projects/{project}/catalogue"],
  listImages: ["GET", "/tenants/{tenant}/projects/{project}/images"],
  listProjectKeys: ["GET", "/tenants/{tenant}/projects/{project}/ssh-keys"],
  getProjectQuota: ["GET", "/tenants/{tenant}/projects/{project}/quota"],
  getProjectUse: ["GET", "/tenants/{tenant}/projects/{project}/use"],
  preflight: ["POST", "/tenants/{tenant}/projects/{project}/preflight"],
  launchUserData: ["POST", "/tenants/{tenant}/projects/{project}/user-data"],
  listEnvironments: ["GET", "/tenants/{tenant}/projects/{project}/environments"],
  launchEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments"],
  setLease: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/lease"],
  changeInputs: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/inputs"],
  getEnvironment: ["GET", "/tenants/{tenant}/projects/{project}/environments/{environment}"],
  startEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/start"],
  stopEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/stop"],
  restartEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/restart"],
  reinstallEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/reinstall"],
  upgradeEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/upgrade"],
  runAction: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/actions/{action}"],
  retryEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/retry"],
  abortEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/abort"],
  releaseEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/release"],
  listOperations: ["GET", "/tenants/{tenant}/projects/{project}/environments/{environment}/operations"],
  listEnvironmentHookRuns: ["GET", "/tenants/{tenant}/projects/{project}/environments/{environment}/hook-runs"],
  getOperation: ["GET", "/tenants/{tenant}/projects/{project}/operations/{operation}"],
  getEnvironmentLog: ["GET", "/tenants/{tenant}/projects/{project}/environments/{environment}/log"],
  listHolds: ["GET", "/tenants/{tenant}/projects/{project}/holds"],
  placeHold: ["POST", "/tenants/{tenant}/projects/{project}/holds"],
  letGoHold: ["POST", "/tenants/{tenant}/projects/{project}/holds/{hold}/let-go"],
  retryHook: ["POST", "/tenants/{tenant}/projects/{project}/hook-runs/{hookRun}/retry"],
  getScriptLog: ["GET", "/tenants/{tenant}/projects/{project}/script-runs/{scriptRun}/log"],
  listApprovals: ["GET", "/tenants/{tenant}/approvals"],
  decideApproval: ["POST", "/tenants/{tenant}/approvals/{approval}/decide"],
  listFleetApprovals: ["GET", "/fleet/approvals"],
  decideFleetApproval: ["POST", "/fleet/approvals/{approval}/decide"],
  listHookRuns: ["GET", "/fleet/hook-runs"],
  getHookRun: ["GET", "/fleet/hook-runs/{hookRun}"],
  getFleetScriptLog: ["GET", "/fleet/script-runs/{scriptRun}/log"],
  retryFleetHook: ["POST", "/fleet/hook-runs/{hookRun}/retry"],
  stopAsking: ["POST", "/fleet/hook-runs/{hookRun}/stop-asking"],
  followProjectEvents: ["GET", "/tenants/{tenant}/projects/{project}/events"],
  followTenantEvents: ["GET", "/tenants/{tenant}/events"],
  createProject: ["POST", "/tenants/{tenant}/projects"],
  listTenants: ["GET", "/fleet/tenants"],
  createTenant: ["POST", "/fleet/tenants"],
  getTenant: ["GET", "/fleet/tenants/{tenant}"],
  listMembers: ["GET", "/tenants/{tenant}/members"],
  listOperators: ["GET", "/fleet/operators"],
  getTenantUse: ["GET", "/tenants/{tenant}/use"],
  getFleetUse: ["GET", "/fleet/use"],
  getTenantQuota: ["GET", "/tenants/{tenant}/quota"],
  splitQuota: ["POST", "/tenants/{tenant}/quota/split"],
  setTenantQuota: ["POST", "/fleet/tenants/{tenant}/quota"],
  splitTenantQuota: ["POST", "/fleet/tenants/{tenant}/quota/split"],
  listAuditEvents: ["GET", "/tenants/{tenant}/audit-events"],
  verifyAudit: ["POST", "/tenants/{tenant}/audit-events/verify"],
  listFleetAuditEvents: ["GET", "/fleet/audit-events"],
  verifyFleetAudit: ["POST", "/fleet/audit-events/verify"],
  listWebhooks: ["GET", "/tenants/{tenant}/webhooks"],
  createWebhook: ["POST", "/tenants/{tenant}/webhooks"],
  getWebhook: ["GET", "/tenants/{tenant}/webhooks/{webhook}"],
  changeWebhook: ["POST", "/tenants/{tenant}/webhooks/{webhook}/change"],
  pauseWebhook: ["POST", "/tenants/{tenant}/webhooks/{webhook}/pause"],
  resumeWebhook: ["POST", "/tenants/{tenant}/webhooks/{webhook}/resume"],
  tryWebhook: ["POST", "/tenants/{tenant}/webhooks/{webhook}/try"],
  removeWebhook: ["POST", "/tenants/{tenant}/webhooks/{webhook}/remove"],
  renewWebhookSecret: ["POST", "/tenants/{tenant}/webhooks/{webhook}/renew-secret"],
  listDeliveries: ["GET", "/tenants/{tenant}/webhooks/{webhook}/deliveries"],
  replayDelivery: ["POST", "/tenants/{tenant}/deliveries/{delivery}/replay"],
  listFleetWebhooks: ["GET", "/fleet/webhooks"],
  getFleetWebhook: ["GET", "/fleet/webhooks/{webhook}"],
  listFleetDeliveries: ["GET", "/fleet/webhooks/{webhook}/deliveries"],
  listFleetOperations: ["GET", "/fleet/operations"],
  getFleetOperation: ["GET", "/fleet/operations/{operation}"],
  listProviders: ["GET", "/fleet/providers"],
  getProvider: ["GET", "/fleet/providers/{provider}"],
  listSites: ["GET", "/fleet/sites"],
  createSite: ["POST", "/fleet/sites"],
  getSite: ["GET", "/fleet/sites/{site}"],
  listSiteLeases: ["GET", "/fleet/sites/{site}/leases"],
  listSiteBootRequests: ["GET", "/fleet/sites/{site}/boot-requests"],
  setProvisioning: ["POST", "/fleet/sites/{site}/set-provisioning"],
  removeProvisioning: ["POST", "/fleet/sites/{site}/remove-provisioning"],
  createRack: ["POST", "/fleet/racks"],
  getRack: ["GET", "/fleet/racks/{rack}"],
  listFabrics: ["GET", "/fleet/fabrics"],
  createFabric: ["POST", "/fleet/fabrics"],
  getFabric: ["GET", "/fleet/fabrics/{fabric}"],
  listFabricPorts: ["GET", "/fleet/fabrics/{fabric}/ports"],
  removeFabric: ["POST", "/fleet/fabrics/{fabric}/remove"],
  setNvlinkMembers: ["POST", "/fleet/fabrics/{fabric}/set-members"],
  acceptNvlinkDomain: ["POST", "/fleet/fabrics/accept-nvlink-domain"],
  checkPorts: ["POST", "/fleet/fabrics/{fabric}/check-ports"],
  placePorts: ["POST", "/fleet/fabrics/{fabric}/place-ports"],
  listNodes: ["GET", "/fleet/nodes"],
  enrolNode: ["POST", "/fleet/nodes"],
  getNode: ["GET", "/fleet/nodes/{node}"],
  getNodeSensors: ["GET", "/fleet/nodes/{node}/sensors"],
  orderNode: ["POST", "/fleet/nodes/{node}/orders"],
  inspectNode: ["POST", "/fleet/nodes/{node}/inspections"],
  setAsideNode: ["POST", "/fleet/nodes/{node}/set-aside"],
  flagNode: ["POST", "/fleet/nodes/{node}/flags"],
  retryRotation: ["POST", "/fleet/nodes/{node}/retry-rotation"],
  checkEnrolment: ["POST", "/fleet/nodes/check"],
  enrolNodes: ["POST", "/fleet/nodes/enrol"],
  listCertificates: ["GET", "/fleet/certificates"],
  confirmCertificates: ["POST", "/fleet/certificates/confirm"],
  acceptVariant: ["POST", "/fleet/nodes/{node}/accept-variant"],
  withdrawVariant: ["POST", "/fleet/nodes/{node}/withdraw-variant"],
  setNodePort: ["POST", "/fleet/nodes/{node}/set-port"],
  listFleetHolds: ["GET", "/fleet/holds"],
  takeBackHold: ["POST", "/fleet/holds/{hold}/take-back"],
  listPools: ["GET", "/fleet/pools"],
  createPool: ["POST", "/fleet/pools"],
  getPool: ["GET", "/fleet/pools/{pool}"],
  changePool: ["POST", "/fleet/pools/{pool}/change"],
  reservePoolItems: ["POST", "/fleet/pools/{pool}/reserve"],
  liftReservation: ["POST", "/fleet/pool-items/{item}/lift"],
  retirePool: ["POST", "/fleet/pools/{pool}/retire"],
  listHealth: ["GET", "/fleet/health"],
  acknowledgeHealth: ["POST", "/fleet/health/{reason}/acknowledge"],
  clearHealth: ["POST", "/fleet/health/{reason}/clear"],
  silenceHealth: ["POST", "/fleet/health/{reason}/silence"],
  listHealthSilences: ["GET", "/fleet/health/silences"],
  addHealthSilence: ["POST", "/fleet/health/silences"],
  endHealthSilence: ["POST", "/fleet/health/silences/{silence}/end"],
  listHealthRules: ["GET", "/fleet/health-rules"],
  changeHealthRule: ["POST", "/fleet/health-rules/change"],
  resetHealthRule: ["POST", "/fleet/health-rules/reset"],
  listContexts: ["GET", "/fleet/contexts"],
  createContext: ["POST", "/fleet/contexts"],
  getContext: ["GET", "/fleet/contexts/{context}"],
  changeContext: ["POST", "/fleet/contexts/{context}/change"],
  attachContext: ["POST", "/fleet/contexts/{context}/attach"],
  detachContext: ["POST", "/fleet/contexts/{context}/detach"],
  removeContext: ["POST", "/fleet/contexts/{context}/remove"],
  listFleetImages: ["GET", "/fleet/images"],
  registerImage: ["POST", "/fleet/images"],
  reviewImage: ["POST", "/fleet/images/{image}/review"],
  shareImage: ["POST", "/fleet/images/{image}/share"],
  listNodeTypes: ["GET", "/fleet/node-types"],
  createNodeType: ["POST", "/fleet/node-types"],
  getNodeType: ["GET", "/fleet/node-types/{nodeType}"],
  changeNodeType: ["POST", "/fleet/node-types/{nodeType}/change"],
  listProfiles: ["GET", "/fleet/profiles"],
  createProfile: ["POST", "/fleet/profiles"],
  getProfile: ["GET", "/fleet/profiles/{profile}"],
  draftProfile: ["POST", "/fleet/profiles/{profile}/draft"],
  publishProfile: ["POST", "/fleet/profiles/{profile}/publish"],
  discardProfileDraft: ["POST", "/fleet/profiles/{profile}/discard-draft"],
  moveProfile: ["POST", "/fleet/profiles/{profile}/move"],
  shareProfile: ["POST", "/fleet/profiles/{profile}/share"],
  setCurrency: ["POST", "/fleet/currency"],
  listTemplates: ["GET", "/fleet/templates"],
  createTemplate: ["POST", "/fleet/templates"],
  getTemplate: ["GET", "/fleet/templates/{template}"],
  shareTemplate: ["POST", "/fleet/templates/{template}/share"],
  addTemplateVersion: ["POST", "/fleet/templates/{template}/versions"],
  getTemplateVersion: ["GET", "/fleet/template-versions/{templateVersion}"],
  moveTemplateVersion: ["POST", "/fleet/template-versions/{templateVersion}/move"],
  listDryRuns: ["GET", "/fleet/template-versions/{templateVersion}/dry-runs"],
  startDryRun: ["POST", "/fleet/template-versions/{templateVersion}/dry-runs"],
  rehearseTemplate: ["POST", "/fleet/template-versions/{templateVersion}/rehearsals"],
  takeBackNode: ["POST", "/fleet/dry-runs/{dryRun}/take-back"],
  getDryRun: ["GET", "/fleet/dry-runs/{dryRun}"],
  listReplays: ["GET", "/fleet/hook-runs/{hookRun}/replays"],
  replayHook: ["POST", "/fleet/hook-runs/{hookRun}/replay"],
  rehearseHook: ["POST", "/fleet/hook-runs/{hookRun}/rehearsals"],
  getSharing: ["GET", "/fleet/sharing"],
  changeShares: ["POST", "/fleet/sharing"],
};

const ownBase = "https://ingot.example/api/v1";

/** Operations that are streams of events; the others are asked and answered. */
export type StreamName = {
  [K in keyof Operations]: Operations[K] extends { event: unknown } ? K : never;
}[keyof Operations];
export type OperationName = Exclude<keyof Operations, StreamName>;
export type Answer<K extends OperationName> = Operations[K]["answer"];
/** What is asked; `headers` and `signal` go with the request as they are. */
export type Ask<K extends keyof Operations> = Operations[K]["ask"] & {
  headers?: Record<string, string>;
  signal?: AbortSignal;
};
type Asked<K extends OperationName> =
  Record<never, never> extends Operations[K]["ask"] ? [ask?: Ask<K>] : [ask: Ask<K>];

/** Operations that give their list in pages. */
export type PagedName = {
  [K in OperationName]: Answer<K> extends { items: unknown[]; next: string | null } ? K : never;
}[OperationName];
type Item<K extends PagedName> = Answer<K> extends { items: Array<infer T> } ? T : never;

/** An answer that is no. */
export class IngotError extends Error {
  readonly problem: Problem;
  /** After how many seconds it is worth trying again; null when that is not said. */
  readonly retryAfterSeconds: number | null;

  constructor(problem: Problem, retryAfterSeconds: number | null) {
    super(problem.detail);
    this.name = "IngotError";
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A client with a token. `send` is for those who have a way of their own to the network. */
export function ingot(options: {
  token: string | null;
  base?: string;
  send?: (request: Request) => Promise<Response>;
}) {
  const { token, base = ownBase, send = fetch } = options;

  function requestOf<K extends keyof Operations>(name: K, ask?: Ask<K>): Request {
    const given: {
      params?: Record<string, string>;
      query?: Record<string, unknown>;
      body?: unknown;
      key?: string;
      headers?: Record<string, string>;
      signal?: AbortSignal;
    } = ask ?? {};
    const [method, path] = routes[name];
    const url = new URL(
      base + path.replace(/\{(\w+)\}/g, (_, part) => encodeURIComponent(given.params?.[part] ?? "")),
    );
    for (const [part, value] of Object.entries(given.query ?? {})) {
      if (value !== undefined) url.searchParams.set(part, String(value));
    }
    const headers = new Headers(given.headers);
    if (token) headers.set("authorization", `Bearer ${token}`);
    if (given.key) headers.set("idempotency-key", given.key);
    if (given.body !== undefined) headers.set("content-type", "application/json");
    return new Request(url, {
      method,
      headers,
      body: given.body === undefined ? null : JSON.stringify(given.body),
      signal: given.signal ?? null,
    });
  }

  /** Asks, and gives what came: status, headers, and either the answer or the problem. */
  async function raw<K extends OperationName>(
    name: K,
    ...[ask]: Asked<K>
  ): Promise<{
    status: number;
    headers: Headers;
    value: Answer<K> | null;
    problem: Problem | null;
  }> {
    const response = await send(requestOf(name, ask));
    const text = await response.text();
    const value = text === "" ? null : JSON.parse(text);
    const { status, headers } = response;
    return response.ok || status === 304
      ? { status, headers, value, problem: null }
      : { status, headers, value: null, problem: value };
  }

  /** Asks, and gives the answer. Throws an `IngotError` when it is no. */
  async function call<K extends OperationName>(name: K, ...asked: Asked<K>): Promise<Answer<K>> {
    const { value, problem, headers } = await raw(name, ...asked);
    if (problem) throw new IngotError(problem, secondsOf(headers));
    return value as Answer<K>;
  }

  /** Each item of a list, page after page. */
  async function* each<K extends PagedName>(name: K, ...[ask]: Asked<K>): AsyncGenerator<Item<K>> {
    let after: string | null = null;
    do {
      const query = { ...(ask as { query?: object } | undefined)?.query, ...(after ? { after } : {}) };
      const next = [{ ...ask, query }] as unknown as Asked<K>;
      const page = (await call(name, ...next)) as { items: Item<K>[]; next: string | null };
      yield* page.items;
      after = page.next;
    } while (after !== null);
  }

  /**
   * The events of a stream, from now on or from after `lastId`, each once, over breaks of the
   * connection, until `signal` says enough. Throws an `IngotError` when the token is let in no more.
   */
  async function* events<K extends StreamName>(
    name: K,
    ask: Ask<K> & { lastId?: string },
  ): AsyncGenerator<Operations[K]["event"]> {
    const had = new Set<string>();
    let lastId = ask.lastId;
    for (let waitSeconds = 0; !ask.signal?.aborted; waitSeconds = waitSeconds || 2) {
      await pause(waitSeconds, ask.signal);
      const headers = { ...ask.headers, ...(lastId ? { "last-event-id": lastId } : {}) };
      const response = await send(requestOf(name, { ...ask, headers })).catch(() => null);
      if (!response) continue;
      if (!response.ok) {
        const seconds = secondsOf(response.headers);
        if (response.status !== 429 && response.status < 500) {
          throw new IngotError(await response.json(), seconds);
        }
        waitSeconds = seconds ?? 2;
        continue;
      }
      waitSeconds = 2;
      for await (const { id, data } of messagesOf(response)) {
        lastId = id;
        if (had.has(id)) continue;
        had.add(id);
        if (had.size > 1_000) had.delete([...had][0] ?? "");
        yield JSON.parse(data);
      }
    }
  }

  return { raw, call, each, events };
}

/** The messages of a stream; ends where the connection does. */
async function* messagesOf(response: Response): AsyncGenerator<{ id: string; data: string }> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const read = await reader?.read().catch(() => undefined);
      if (!read || read.done) return;
      const blocks = (text + read.value).split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const field = (name: string) =>
          block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
        const id = field("id");
        const data = field("data");
        if (id && data) yield { id, data };
      }
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
}

function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (seconds === 0 || signal?.aborted) return resolve();
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

function secondsOf(headers: Headers): number | null {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : null;
}
