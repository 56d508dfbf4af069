import { Logo } from "#components/shell/logo";
import { Notice, type NoticeProps } from "#components/shell/notice";

/** A Notice that is the whole page, where there is no shell around it. */
export function NoticePage(props: NoticeProps) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-lg flex-col items-start justify-center gap-5 px-5 py-10">
      <Logo />
      <Notice {...props} />
    </main>
  );
}
