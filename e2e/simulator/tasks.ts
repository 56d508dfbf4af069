/** A change that goes on after its request was answered. */
export type Task = {
  id: string;
  name: string;
  startedAt: string;
  endedAt: string | null;
};

const keptTasks = 20;

/** The tasks of a controller, oldest first; it forgets all but the last 20. */
export class Tasks {
  #tasks: Task[] = [];
  #nextId = 1;

  get all(): readonly Task[] {
    return this.#tasks;
  }

  /** Opens a task that ends when `work` does. */
  open(name: string, work: Promise<void>): Task {
    const task: Task = {
      id: String(this.#nextId++),
      name,
      startedAt: new Date().toISOString(),
      endedAt: null,
    };
    this.#tasks = [...this.#tasks, task].slice(-keptTasks);
    work.finally(() => {
      task.endedAt = new Date().toISOString();
    });
    return task;
  }

  find(id: string): Task | undefined {
    return this.#tasks.find((task) => task.id === id);
  }
}
