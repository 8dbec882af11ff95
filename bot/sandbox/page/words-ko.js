// 한국어.

export default {
  // the frame
  skip: "메시지 입력창으로 건너뛰기", menu: "채널 목록", conversation: "대화", settings: "설정", close: "닫기",
  back: "뒤로", cancel: "취소", save: "저장", choose: "선택…", search: "검색", options: "선택지", views: "보기",
  "theme-system": "테마: 시스템 설정", "theme-light": "테마: 밝게", "theme-dark": "테마: 어둡게",
  languageOfPerson: "사용자의 언어", english: "English", korean: "한국어",

  // sidebar
  actingAs: "지금 사용자", channels: "채널", direct: "다이렉트 메시지", admin: "관리자", guest: "게스트",
  stranger: "다른 회사", privateChannel: "비공개 채널", unreadCount: (n) => `읽지 않음 ${n}개`,
  botHere: (n) => (n > 1 ? `봇 연결됨 (연결 ${n}개)` : "봇 연결됨"), botGone: "봇이 연결되어 있지 않음",
  pageGone: "샌드박스에 다시 연결하는 중…", faults: "장애와 통신 기록",
  newGroup: "새 그룹 메시지", whoWith: "받는 사람", startGroup: "시작", groupHint: (n) => `2명에서 ${n}명까지.`,
  jumpTitle: "이동", jumpTo: "채널 또는 사람",

  // people
  app: "앱", guestBadge: "게스트", strangerBadge: "외부", connectBadge: "Slack Connect",
  connectNote: (names) => `Slack Connect로 다른 회사와 공유된 채널입니다. ${names} 님도 읽을 수 있습니다.`,
  members: (n) => `멤버 ${n}명`,

  // conversation
  message: (name) => `${name}에 메시지 보내기`, reply: "답글…", send: "보내기", attach: "파일 첨부",
  attachedFiles: "첨부한 파일", also: "채널에도 보내기",
  hint: "Enter로 보내고 Shift+Enter로 줄을 바꿉니다", suggestions: "자동 완성", shortcuts: "바로 가기",
  notHere: "이 채널에 없음", notifiesAll: "여기 있는 모두에게 알림",
  noCommandsInThreads: "스레드에서는 슬래시 명령을 쓸 수 없습니다. 채널 입력창을 사용하세요.",
  empty: (name) => `${name}의 첫 부분입니다.`,
  emptyDm: "궁금한 것을 물어보세요. 답에는 출처가 함께 표시됩니다.",
  join: "채널 참여", notMember: "아직 이 채널에 참여하지 않았습니다.",
  addBot: (name) => `${name} 추가`, botAbsent: (name) => `${name}이(가) 이 대화에 없어서 여기 글을 볼 수 없습니다.`,
  prompts: "이렇게 물어보세요", messagesTab: "메시지", homeTab: "홈",
  noHome: "봇이 아직 홈 탭을 게시하지 않았습니다.",
  today: "오늘", yesterday: "어제", justNow: "방금", newMessages: "새 메시지",

  // messages
  messageBy: (who, when) => `${who}, ${when}`, said: (who, what) => `${who}: ${what}`,
  messageActions: "메시지 작업", moreActions: "추가 작업", addReaction: "이모티콘 반응 추가",
  reactWith: (name) => `${name}(으)로 반응`, reacted: (names, emoji) => `${names} 님이 ${emoji}(으)로 반응함`,
  replyInThread: "스레드에서 답글", replies: (n) => `답글 ${n}개`,
  lastReply: (when) => `마지막 답글 ${when}`, sentToChannel: "스레드에 답글을 남겼습니다",
  edit: "메시지 수정", edited: "(수정됨)", remove: "메시지 삭제", removeTitle: "메시지 삭제",
  removeText: "이 메시지를 삭제할까요? 되돌릴 수 없습니다.",
  copyLink: "링크 복사", linkCopied: "링크를 복사했습니다", tombstone: "삭제된 메시지입니다.",
  onlyYou: "나에게만 표시", writing: "님이 작성 중…", stop: "중지", stopped: "중지됨",
  expired: "봇이 끝내기 전에 스트림이 종료되었습니다.",
  thread: "스레드", rename: "이름 변경", sessionTitle: "제목",

  // files
  download: "다운로드", downloadFile: (name) => `${name} 다운로드`, fileDeleted: "삭제된 파일입니다.",
  emptyFile: "빈 파일은 보낼 수 없습니다.",
  take: (name) => `${name} 빼기`,

  // blocks
  cannotDraw: (type) => `“${type}”은(는) 여기서 표시할 수 없습니다.`,
  image: (alt) => (alt ? `이미지를 불러오지 않음: ${alt}` : "이미지를 불러오지 않음"),
  optional: "(선택 사항)", plainOnly: "여기서는 서식을 쓸 수 없어 일반 텍스트로 보냅니다.",
  typeToSearch: "입력해서 검색", nothingFound: "찾은 것이 없습니다",
  troubleConnecting: "연결에 문제가 있습니다. 다시 시도해 보세요.",

  // keys
  keys: "키보드 단축키", keySend: "메시지 보내기", keyNewLine: "줄 바꾸기",
  keyEditLast: "입력창이 비었을 때: 내 마지막 메시지 수정", keyComplete: "사람, 채널, 명령 자동 완성",
  keyJump: "채널이나 사람으로 이동", keySwitch: "이전 또는 다음 채널", keyClose: "맨 위에 열린 것 닫기",
  keyKeys: "이 단축키 보기",

  // faults
  faultsTitle: "장애와 통신 기록", activeFaults: "지금 켜진 장애", noFaults: "일부러 일으킨 장애가 없습니다.",
  makeFault: "장애 일으키기", trigger: "일으키기", switchOn: "켜기", lift: "해제", standing: "해제할 때까지",
  untilLifted: "해제할 때까지", usesLeft: (n) => `${n}번 남음`, everyMethod: "모든 메서드",
  overHttp: "이벤트를 HTTP로 전달",
  waitingFor: (n) => (n ? `ack ${n}개를 기다리는 중` : "기다리는 ack 없음"),
  deliveries: "봇에게 보낸 것", apiCalls: "봇의 Web API 호출", time: "시각", sent: "보낸 것", outcome: "결과",
  method: "메서드", nothingYet: "아직 없습니다.", waitingAck: "대기 중", acknowledged: "ack 받음",
  retryNumber: (n) => `재시도 ${n}`,

  failed: (error) => `처리하지 못했습니다: ${error}`,
  errors: {
    operation_timeout: "봇이 제시간에 응답하지 않았습니다. 바뀐 것은 없습니다.",
    no_text: "먼저 내용을 입력하세요.", msg_too_long: "메시지가 너무 깁니다.",
    not_in_channel: "이 채널에 참여하지 않았습니다.", channel_not_found: "볼 수 있는 채널이 아닙니다.",
    message_not_found: "사라진 메시지입니다.", thread_not_found: "사라진 스레드입니다.",
    cant_update_message: "메시지는 쓴 사람만 수정할 수 있습니다.", not_enough_users: "두 명 이상 선택하세요.",
    too_many_users: "더 적은 사람을 선택하세요.", file_too_large: "파일이 너무 큽니다.",
    file_upload_size_restricted: "파일이 너무 큽니다.", action_not_found: "봇이 더는 제공하지 않는 선택입니다.",
    not_found: "이미 닫힌 창입니다.",
  },
};
