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
        description: string;
        gpusPerNode: number;
        gpuModel: string | null;
        priceCents: number | null;
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
            gpusPerNode: number;
            gpuModel: string | null;
            freeNow: number;
            defaultImageId: string;
            allowedImageIds: Array<string> | null;
            longestLeaseHours: number | null;
          } | null;
        }>;
        inputs: Array<{
          name: string;
          label: string;
          help: string;
          section: string;
          type: "string" | "text" | "number" | "boolean" | "enum" | "multi_enum" | "duration" | "cidr" | "secret" | "json";
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
        }>;
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
        name: string;
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
    };
    answer: {
      endsAt: string | null;
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
      newer: {
        templateId: string;
        version: number;
        changes: Array<{
          what: string;
          before: string | null;
          after: string | null;
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
          kind: "node.enrol" | "node.deploy" | "node.stop" | "node.start" | "node.restart" | "node.reinstall" | "node.reclaim" | "node.sanitize" | "node.rotate_credential" | "node.inspect";
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
          outcome: "done" | "not_offered" | "failed" | "off";
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
          type: "string" | "text" | "number" | "boolean" | "enum" | "multi_enum" | "duration" | "cidr" | "secret" | "json";
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
        }>;
      }>;
      hookRuns: Array<{
        id: string;
        operationId: string;
        name: string;
        point: "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "after_bootstrap" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
        kind: "script" | "http" | "approval" | "wait";
        state: "ready" | "running" | "waiting" | "succeeded" | "failed" | "skipped" | "cancelled";
        words: string;
        attempt: number;
        round: number;
        input: Record<string, unknown>;
        outputs: Record<string, unknown> | null;
        log: string;
        scripts: Array<{
          hostname: string;
          attempt: number;
          state: "offered" | "running" | "succeeded" | "failed";
          words: string;
          exitCode: number | null;
          log: string;
          leftOut: number;
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
        kind: "environment.launch" | "environment.stop" | "environment.start" | "environment.restart" | "environment.reinstall" | "environment.release" | "environment.act" | "node.enrol" | "node.deploy" | "node.stop" | "node.start" | "node.restart" | "node.reinstall" | "node.reclaim" | "node.sanitize" | "node.rotate_credential" | "node.inspect";
        state: "ready" | "running" | "waiting" | "stuck" | "succeeded" | "failed" | "aborted" | "superseded";
        reason: string | null;
        requestedByName: string | null;
        createdAt: string;
        finishedAt: string | null;
      }>;
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
        kind: "node.enrol" | "node.deploy" | "node.stop" | "node.start" | "node.restart" | "node.reinstall" | "node.reclaim" | "node.sanitize" | "node.rotate_credential" | "node.inspect";
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
    };
    answer: {
      hookRunId: string;
    };
  };
  /** What the tenant's environments wait to have approved, oldest first. */
  listApprovals: {
    ask: {
      params: {
        tenant: string;
      };
    };
    answer: {
      items: Array<{
        id: string;
        name: string;
        point: "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "after_bootstrap" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
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
        decidedBy: string;
        expiresAt: string | null;
        mayDecide: boolean;
      }>;
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
    };
    answer: {
      approvalId: string;
    };
  };
  /** What environments of every tenant wait to have approved, oldest first. */
  listFleetApprovals: {
    ask: Record<never, never>;
    answer: {
      items: Array<{
        id: string;
        name: string;
        point: "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "after_bootstrap" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
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
        decidedBy: string;
        expiresAt: string | null;
        mayDecide: boolean;
      }>;
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
    };
    answer: {
      approvalId: string;
    };
  };
  /** The last hundred runs of hooks, newest first. */
  listHookRuns: {
    ask: {
      query?: {
        state?: "ready" | "running" | "waiting" | "succeeded" | "failed" | "skipped" | "cancelled";
      };
    };
    answer: {
      items: Array<{
        id: string;
        name: string;
        point: "on_init" | "after_allocate" | "before_network" | "after_network" | "before_install" | "after_install" | "after_bootstrap" | "on_success" | "on_failure" | "on_completion" | "before_start" | "after_start" | "before_stop" | "after_stop" | "before_release" | "after_release" | "on_action";
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
      }>;
    };
  };
  /** Run a hook of any tenant that has failed again. */
  retryFleetHook: {
    ask: {
      params: {
        hookRun: string;
      };
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
      type: "environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.recovered" | "token.in_two_places";
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
      type: "environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.recovered" | "token.in_two_places";
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
    ask: Record<never, never>;
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
  /** Enrol the nodes of a list. */
  enrolNodes: {
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
        outcome: string;
        certificate: "given" | "to_confirm" | null;
        problems: Array<string>;
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
        kinds: Array<"environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.recovered" | "operation.stuck" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test">;
        isPaused: boolean;
        createdBy: string;
        createdAt: string;
        last: {
          id: string;
          kind: "environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.recovered" | "operation.stuck" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test";
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
        kinds: Array<"environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.recovered" | "operation.stuck" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test">;
      };
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
      kinds: Array<"environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.recovered" | "operation.stuck" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test">;
      isPaused: boolean;
      createdBy: string;
      createdAt: string;
      last: {
        id: string;
        kind: "environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.recovered" | "operation.stuck" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test";
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
        kinds: Array<"environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.recovered" | "operation.stuck" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test">;
      };
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
        kind: "environment.ready" | "environment.failed" | "environment.released" | "lease.ending" | "lease.ended" | "approval.asked" | "approval.decided" | "health.critical" | "health.recovered" | "operation.stuck" | "membership.changed" | "account.changed" | "token.in_two_places" | "audit.event" | "webhook.test";
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
    };
    answer: {
      deliveryId: string;
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
  /** Have a node verified or wiped, or its controller given a new password. */
  orderNode: {
    ask: {
      params: {
        node: string;
      };
      body: {
        order: "verify" | "sanitize" | "rotate";
      };
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
    };
    answer: {
      nodeId: string;
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
        after?: number;
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
        evidence: Record<string, number>;
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
    };
    answer: {
      reasonId: string;
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
  listEnvironments: ["GET", "/tenants/{tenant}/projects/{project}/environments"],
  launchEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments"],
  setLease: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/lease"],
  getEnvironment: ["GET", "/tenants/{tenant}/projects/{project}/environments/{environment}"],
  startEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/start"],
  stopEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/stop"],
  restartEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/restart"],
  reinstallEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/reinstall"],
  runAction: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/actions/{action}"],
  retryEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/retry"],
  abortEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/abort"],
  releaseEnvironment: ["POST", "/tenants/{tenant}/projects/{project}/environments/{environment}/release"],
  listOperations: ["GET", "/tenants/{tenant}/projects/{project}/environments/{environment}/operations"],
  getOperation: ["GET", "/tenants/{tenant}/projects/{project}/operations/{operation}"],
  getEnvironmentLog: ["GET", "/tenants/{tenant}/projects/{project}/environments/{environment}/log"],
  listHolds: ["GET", "/tenants/{tenant}/projects/{project}/holds"],
  placeHold: ["POST", "/tenants/{tenant}/projects/{project}/holds"],
  letGoHold: ["POST", "/tenants/{tenant}/projects/{project}/holds/{hold}/let-go"],
  retryHook: ["POST", "/tenants/{tenant}/projects/{project}/hook-runs/{hookRun}/retry"],
  listApprovals: ["GET", "/tenants/{tenant}/approvals"],
  decideApproval: ["POST", "/tenants/{tenant}/approvals/{approval}/decide"],
  listFleetApprovals: ["GET", "/fleet/approvals"],
  decideFleetApproval: ["POST", "/fleet/approvals/{approval}/decide"],
  listHookRuns: ["GET", "/fleet/hook-runs"],
  retryFleetHook: ["POST", "/fleet/hook-runs/{hookRun}/retry"],
  followProjectEvents: ["GET", "/tenants/{tenant}/projects/{project}/events"],
  followTenantEvents: ["GET", "/tenants/{tenant}/events"],
  createProject: ["POST", "/tenants/{tenant}/projects"],
  listTenants: ["GET", "/fleet/tenants"],
  createTenant: ["POST", "/fleet/tenants"],
  getTenant: ["GET", "/fleet/tenants/{tenant}"],
  getTenantQuota: ["GET", "/tenants/{tenant}/quota"],
  splitQuota: ["POST", "/tenants/{tenant}/quota/split"],
  setTenantQuota: ["POST", "/fleet/tenants/{tenant}/quota"],
  splitTenantQuota: ["POST", "/fleet/tenants/{tenant}/quota/split"],
  listAuditEvents: ["GET", "/tenants/{tenant}/audit-events"],
  verifyAudit: ["POST", "/tenants/{tenant}/audit-events/verify"],
  listFleetAuditEvents: ["GET", "/fleet/audit-events"],
  verifyFleetAudit: ["POST", "/fleet/audit-events/verify"],
  listNodes: ["GET", "/fleet/nodes"],
  enrolNodes: ["POST", "/fleet/nodes/enrol"],
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
  getNode: ["GET", "/fleet/nodes/{node}"],
  orderNode: ["POST", "/fleet/nodes/{node}/orders"],
  inspectNode: ["POST", "/fleet/nodes/{node}/inspections"],
  setAsideNode: ["POST", "/fleet/nodes/{node}/set-aside"],
  flagNode: ["POST", "/fleet/nodes/{node}/flags"],
  retryRotation: ["POST", "/fleet/nodes/{node}/retry-rotation"],
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
